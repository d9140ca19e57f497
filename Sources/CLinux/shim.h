// What Linux offers and Swift's Glibc module leaves out.
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/statvfs.h>

// prctl(2) is variadic, so Swift doesn't import it.
static inline int name_this_thread(const char *name) { return prctl(PR_SET_NAME, name); }

// renameat2(2) is declared for GNU sources only, which the importer doesn't say it is.
int renameat2(int, const char *, int, const char *, unsigned int);
static inline int rename_without_replacing(int from, const char *name, int to, const char *new_name) {
    return renameat2(from, name, to, new_name, 1 /* RENAME_NOREPLACE */);
}
