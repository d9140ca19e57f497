// What Linux offers and Swift's Glibc module leaves out.
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/statvfs.h>

// prctl(2) is variadic, so Swift doesn't import it.
static inline int name_this_thread(const char *name) { return prctl(PR_SET_NAME, name); }

// renameat2(2) is declared for GNU sources only, which the importer doesn't say it is.
int renameat2(int, const char *, int, const char *, unsigned int);
static inline int rename_without_replacing(int from, const char *name, int to, const char *new_name) {
    return renameat2(from, name, to, new_name, 1 /* RENAME_NOREPLACE */);
}

// struct ucred is declared for GNU sources only.
static inline int peer_of_socket(int socket, unsigned *process, unsigned *user, unsigned *group) {
    struct { unsigned process, user, group; } peer;
    socklen_t size = sizeof peer;
    if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return -1;
    *process = peer.process;
    *user = peer.user;
    *group = peer.group;
    return 0;
}

// The supplementary groups of the peer (Linux 4.13): how many there are, or -1.
static inline int groups_of_socket_peer(int socket, unsigned *groups, unsigned capacity) {
    socklen_t size = capacity * sizeof *groups;
    if (getsockopt(socket, SOL_SOCKET, 59 /* SO_PEERGROUPS */, groups, &size) != 0) return -1;
    return (int)(size / sizeof *groups);
}

// accept4(2), too. The connection does not block, and is closed by exec.
int accept4(int, struct sockaddr *, socklen_t *, int);
static inline int accept_connection(int listener) { return accept4(listener, 0, 0, SOCK_CLOEXEC | SOCK_NONBLOCK); }
