// What Linux offers and Swift's Glibc module leaves out.
#include <sys/eventfd.h>
#include <sys/prctl.h>

// prctl(2) is variadic, so Swift doesn't import it.
static inline int name_this_thread(const char *name) { return prctl(PR_SET_NAME, name); }
