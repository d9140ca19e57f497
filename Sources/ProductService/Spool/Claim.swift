import Commerce
import Files
import FoundationEssentials

/// Takes a dropped file out of its partner's reach: step 3.
///
/// What is in `drop/` may change under our hands at any moment: a name may lead to another file than a moment ago. So a
/// name is first moved into a directory that only we can write, and what counts is what is found there.
struct Claim {
    let spool: SpoolDirectory
    let limits: SpoolLimits

    enum Outcome {
        /// It is ours now, whatever it is.
        case claimed(ClaimedFile)
        /// It can't be had yet, and may be had later.
        case notYet(RejectionCode)
        /// Somebody took it away.
        case vanished
    }

    /// - Parameters:
    ///   - isLastTry: Whether what may pass with time has had its time.
    ///   - note: Why it is held from the first moment on, if it is. The note is on the disk before the file is moved to it,
    ///     so a crash leaves the file where it was, or held.
    /// - Throws: `FileError` where the spool itself doesn't work; then the file is where it was.
    func take(
        _ name: FileName, of partner: Partner, from drop: Directory, isLastTry: Bool, holding note: HoldNote? = nil
    ) throws(FileError) -> Outcome {
        var obstacle: RejectionCode?
        do throws(FileError) {
            obstacle = try self.obstacle(to: name, in: drop)
        } catch  where error.isMissing {
            return .vanished
        }
        if let obstacle, obstacle.mayPass, !isLastTry { return .notYet(obstacle) }
        let file = ClaimedFile(id: FileID(UUIDv7.shared.next()), partner: partner, originalName: name)
        let place = note == nil ? file.directoryName : file.heldName
        try spool.work.makeDirectory(place, mode: 0o700)
        do throws(FileError) {
            let home = try spool.work.directory(place)
            try note?.write(in: home)
            try move(name, with: file, from: drop, to: home)
        } catch {
            if note != nil { try spool.work.directory(place).remove(HoldNote.name) }
            try spool.work.removeDirectory(place)
            if error.isMissing { return .vanished }
            // A directory that isn't ours can't be moved; nor can anything when the disk is full.
            if let obstacle { return .notYet(obstacle) }
            throw error
        }
        return .claimed(file)
    }

    /// Waits until the claim is on the disk. The new place first: a crash between the two must find the file in one of
    /// them.
    ///
    /// - Parameter isHeld: Whether it was claimed to be held.
    func sync(_ file: ClaimedFile, isHeld: Bool = false) throws(FileError) {
        try spool.work.directory(isHeld ? file.heldName : file.directoryName).sync()
        try spool.work.sync()
        do throws(FileError) {
            try spool.drop().directory(FileName(file.partner.name)).sync()
        } catch  where error.isMissing {
            // The partner's directory is gone, and with it the name.
        }
    }

    /// Why a claimed file can't be read. Only now, where nobody else can put something in its place, is it certain what
    /// was moved.
    func obstacle(toClaimed file: ClaimedFile) throws(FileError) -> RejectionCode? {
        try obstacle(to: file.storedName, in: spool.work.directory(file.directoryName))
    }

    /// Moves the file's markers along, before it: alone they are put back after a crash, while one that stayed behind
    /// would vouch for the next file of this name.
    private func move(
        _ name: FileName, with file: ClaimedFile, from drop: Directory, to home: Directory
    ) throws(FileError) {
        let markers = file.partner.ways.settle == .marker ? try Marker.all(of: name, in: drop) : []
        var moved: [FileName] = []
        do throws(FileError) {
            for marker in markers {
                try drop.move(marker.name, to: home, as: marker.name)
                moved.append(marker.name)
            }
            try drop.move(name, to: home, as: file.storedName)
        } catch {
            for marker in moved { try home.move(marker, to: drop, as: marker) }
            throw error
        }
    }

    /// What stands in the way of reading a file, if anything does.
    ///
    /// - Throws: `FileError` for what is nobody's fault but the machine's, and if there is no such file.
    private func obstacle(to name: FileName, in directory: Directory) throws(FileError) -> RejectionCode? {
        let status = try directory.status(of: name)
        switch status.kind {
        case .symbolicLink: return .symlink
        case .directory: return .directory
        // Not even opened: a device's driver may do anything then.
        case .other: return .notAFile
        case .regular: break
        }
        if status.size > limits.fileBytes { return .tooLarge }
        if status.links != 1 { return .hardLink }
        if status.size == 0 { return .empty }
        do throws(FileError) {
            let opened = try directory.open(name).status()
            guard opened.isSameFile(as: status) else { return .changedWhileRead }
        } catch  where error.isRefusal {
            return .unreadable
        } catch  where error.isSymbolicLink {
            return .symlink
        }
        return nil
    }
}
