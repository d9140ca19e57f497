import AdminTool

@main
struct Main {
    static func main() {
        AdminTool.main(daemon: "productd", tool: "productctl")
    }
}
