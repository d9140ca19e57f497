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

    /// - Parameter isLastTry: Whether what may pass with time has had its time.
    /// - Throws: `FileError` where the spool itself doesn't work; then the file is where it was.
    func take(_ name: FileName, of partner: Partner, from drop: Directory, isLastTry: Bool) throws(FileError) -> Outcome
    {
        var obstacle: RejectionCode?
        do throws(FileError) {
            obstacle = try self.obstacle(to: name, in: drop)
        } catch  where error.isMissing {
            return .vanished
        }
        if let obstacle, obstacle.mayPass, !isLastTry { return .notYet(obstacle) }
        let file = ClaimedFile(id: FileID(UUIDv7.shared.next()), partner: partner, originalName: name)
        try spool.work.makeDirectory(file.directoryName, mode: 0o700)
        do throws(FileError) {
            try move(name, with: file, from: drop, to: spool.work.directory(file.directoryName))
        } catch {
            try spool.work.removeDirectory(file.directoryName)
            if error.isMissing { return .vanished }
            // A directory that isn't ours can't be moved; nor can anything when the disk is full.
            if let obstacle { return .notYet(obstacle) }
            throw error
        }
        return .claimed(file)
    }

    /// Waits until the claim is on the disk. The new place first: a crash between the two must find the file in one of
    /// them.
    func sync(_ file: ClaimedFile) throws(FileError) {
        try spool.work.directory(file.directoryName).sync()
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
