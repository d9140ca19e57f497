import HeapModule

/// The newest of many things, of which only so many are kept in memory.
struct Newest<Element> {
    private struct Entry: Comparable {
        let age: Age
        let element: Element

        static func < (one: Entry, other: Entry) -> Bool { one.age < other.age }
        static func == (one: Entry, other: Entry) -> Bool { one.age == other.age }
    }

    private var heap = Heap<Entry>()
    private let limit: Int

    init(_ limit: Int) {
        self.limit = limit
    }

    mutating func offer(_ element: @autoclosure () -> Element, _ age: Age) {
        if heap.count < limit {
            heap.insert(Entry(age: age, element: element()))
        } else if let oldest, age > oldest {
            heap.replaceMin(with: Entry(age: age, element: element()))
        }
    }

    /// The oldest that is kept, once there are as many as may be: nothing older comes in any more.
    var oldest: Age? { heap.count < limit ? nil : heap.min?.age }

    /// Newest first.
    var elements: [Element] {
        heap.unordered.sorted { $0.age > $1.age }.map(\.element)
    }
}

/// When a file came, and among those of one moment which is which.
struct Age: Sendable, Hashable, Comparable {
    let milliseconds: Int64
    let id: String

    static func < (one: Age, other: Age) -> Bool {
        (one.milliseconds, one.id) < (other.milliseconds, other.id)
    }
}
