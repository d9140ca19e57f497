import AdminTool

@main
struct Main {
    static func main() {
        AdminTool.main(daemon: "customerd", tool: "customerctl")
    }
}
