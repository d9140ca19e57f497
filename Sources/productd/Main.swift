import Daemon
import ProductService

@main
struct Main {
    static func main() async {
        await ProductService.main()
    }
}
