public import Commerce

extension AdminCommand {
    /// The command as the row that `help` answers with: all that a tool needs to know of it.
    ///
    /// ```
    /// {"command":"pause","usage":"pause [PART] [--for TIME]","role":"operator","summary":"Hold a part up.",
    ///  "parameters":[{"name":"part","kind":"argument","required":false,"placeholder":"PART","meaning":"…",
    ///                 "values":["http"]}],"examples":["pause http --for 10m"]}
    /// ```
    public func describe(to json: inout JSONWriter) {
        json.name("command")
        json.string(name)
        json.name("usage")
        json.string(usage)
        json.name("role")
        json.string(role.rawValue)
        json.name("summary")
        json.string(summary)
        json.name("parameters")
        json.array { json in
            for parameter in parameters { json.object(parameter.describe) }
        }
        json.name("examples")
        json.array { json in
            for example in examples { json.string(example) }
        }
    }
}

extension AdminCommand.Parameter {
    fileprivate func describe(to json: inout JSONWriter) {
        json.name("name")
        json.string(name)
        json.name("kind")
        json.string(word)
        json.name("required")
        json.bool(kind == .argument(isRequired: true))
        json.name("placeholder")
        json.string(placeholder)
        json.name("meaning")
        json.string(meaning)
        json.name("values")
        switch values {
        case .any: json.null()
        case .oneOf(let words):
            json.array { json in
                for word in words { json.string(word) }
            }
        case .file: json.string("file")
        case .member(let member, let request):
            json.object { json in
                json.name("request")
                json.string(request)
                json.name("member")
                json.string(member)
            }
        }
    }

    private var word: String {
        switch kind {
        case .argument: "argument"
        case .option: "option"
        case .flag: "flag"
        }
    }
}
