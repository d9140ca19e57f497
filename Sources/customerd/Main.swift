import CustomerService
import Daemon

@main
struct Main {
    static func main() async {
        await CustomerService.main()
    }
}
