import AdminTool

@main
struct Main {
    static func main() {
        AdminTool.main(Customerd.self)
    }
}
