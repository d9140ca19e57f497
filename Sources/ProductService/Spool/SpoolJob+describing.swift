import Logging

extension SpoolJobs.Job {
    /// Which file it is about, for the log.
    func metadata(_ more: Logger.Metadata = [:]) -> Logger.Metadata {
        let file: Logger.Metadata =
            switch work {
            case .arrival(let arrival): ["partner": "\(arrival.partner.name)", "file": "\(arrival.name)"]
            case .claimed(let file): Self.metadata(of: file)
            case .archived(let receipt, _): Self.metadata(of: receipt.file)
            }
        return file.merging(more) { $1 }
    }

    private static func metadata(of file: ClaimedFile) -> Logger.Metadata {
        ["file_id": "\(file.id)", "partner": "\(file.partner.name)", "file": "\(file.originalName)"]
    }
}
