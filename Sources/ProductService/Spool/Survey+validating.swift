import Files

extension Survey {
    /// Finds out how a file is to be read, and whether it is whole: step 5.
    ///
    /// - Parameter name: The name under which it was dropped.
    /// - Throws: ``Rejection``; `FileError`.
    static func validating(_ text: OpenFile, named name: FileName) throws -> (RecordFormat, Survey) {
        do {
            let format = try RecordFormat(of: text, name: name)
            return (format, try Survey(of: text, format: format))
        } catch let error as FormatError {
            throw Rejection(error)
        }
    }
}
