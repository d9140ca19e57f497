import Files

extension Survey {
    /// Finds out how a file is to be read, and whether it is whole: step 5.
    ///
    /// - Parameter name: The name under which it was dropped.
    /// - Throws: ``Rejection``.
    static func validating(_ text: OpenFile, named name: FileName) throws(Rejection) -> (RecordFormat, Survey) {
        do throws(FormatError) {
            let format = try RecordFormat(of: text, name: name)
            return (format, try Survey(of: text, format: format))
        } catch {
            throw Rejection(error)
        }
    }
}
