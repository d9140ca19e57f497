import Logging

extension SpoolJobs.Job {
    /// The same job for the file that its arrival has become.
    func with(_ file: ClaimedFile) -> SpoolJobs.Job {
        var job = self
        job.work = .claimed(file)
        return job
    }

    /// Which file it is about, for the log.
    func metadata(_ more: Logger.Metadata = [:]) -> Logger.Metadata {
        let file: Logger.Metadata =
            switch work {
            case .arrival(let arrival): ["partner": "\(arrival.partner.name)", "file": "\(arrival.name)"]
            case .claimed(let file):
                ["file_id": "\(file.id)", "partner": "\(file.partner.name)", "file": "\(file.originalName)"]
            }
        return file.merging(more) { $1 }
    }
}
