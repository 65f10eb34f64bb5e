/* B1's floor and its load. `agi doors PORT N`: an epoll FastAGI server that asks N commands a call and nothing else.
 * `agi calls PORT CALLS N AT_ONCE`: Asterisk's side of CALLS calls, AT_ONCE of them open; checks the count of commands and
 * prints the 50th and 99th percentile of the microseconds from a reply to the next command. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define COMMAND "GET VARIABLE HOTLINE_AREA\n"
#define REPLY "200 result=1 (zhengzhou)\n"
#define MAX_FD 4096

struct link {
    int asked;          /* commands asked or heard */
    int ready;          /* request complete */
    size_t length;
    double since;
    char buffer[4096];
};

static struct link links[MAX_FD];

static const char REQUEST[] =
    "agi_network: yes\nagi_network_script: bench?linkedid=1795317000.1\nagi_request: agi://127.0.0.1/bench\n"
    "agi_channel: PJSIP/trunk-00000001\nagi_language: zh\nagi_type: PJSIP\nagi_uniqueid: 1795317000.1\n"
    "agi_version: 22.10.1\nagi_callerid: 13803710001\nagi_calleridname: unknown\nagi_callingpres: 0\n"
    "agi_callingani2: 0\nagi_callington: 0\nagi_callingtns: 0\nagi_dnid: 12366\nagi_rdnis: unknown\n"
    "agi_context: from-trunk\nagi_extension: 12366\nagi_priority: 3\nagi_enhanced: 0.0\nagi_accountcode: \n"
    "agi_threadid: 140398432466624\n\n";

static void fail(const char *what) { perror(what); exit(1); }

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1e6 + t.tv_nsec / 1e3;
}

static struct sockaddr_in address(int port) {
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return a;
}

static void say(int fd, const char *text, size_t length) {
    if (write(fd, text, length) != (ssize_t)length) fail("write");
}

static void watch(int poll, int fd) {
    struct epoll_event e = {.events = EPOLLIN, .data.fd = fd};
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (fd >= MAX_FD || epoll_ctl(poll, EPOLL_CTL_ADD, fd, &e)) fail("epoll_ctl");
    memset(&links[fd], 0, offsetof(struct link, buffer));
}

static int doors(int port, int commands) {
    int on = 1, poll = epoll_create1(0), door = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in a = address(port);
    struct epoll_event events[256], e = {.events = EPOLLIN, .data.fd = door};
    setsockopt(door, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(door, (void *)&a, sizeof a) || listen(door, 1024)) fail("listen");
    epoll_ctl(poll, EPOLL_CTL_ADD, door, &e);
    for (;;) {
        int n = epoll_wait(poll, events, 256, -1);
        for (int i = 0; i < n; i++) {
            int fd = events[i].data.fd;
            if (fd == door) {
                watch(poll, accept(door, NULL, NULL));
                continue;
            }
            struct link *l = &links[fd];
            ssize_t got = read(fd, l->buffer + l->length, sizeof l->buffer - l->length);
            if (got <= 0) { close(fd); continue; }
            l->length += got;
            const char *end = l->ready ? "\n" : "\n\n";
            if (l->length < strlen(end) || memcmp(l->buffer + l->length - strlen(end), end, strlen(end))) continue;
            if (l->ready) {
                char *open = memchr(l->buffer, '(', l->length), *shut = memrchr(l->buffer, ')', l->length);
                if (!open || !shut || shut - open != 10 || memcmp(open + 1, "zhengzhou", 9)) fail("value");
            }
            l->ready = 1;
            l->length = 0;
            if (l->asked++ < commands) say(fd, COMMAND, sizeof COMMAND - 1);
            else close(fd);
        }
    }
}

static void ring(int poll, int port) {
    struct sockaddr_in a = address(port);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(fd, (void *)&a, sizeof a)) fail("connect");
    watch(poll, fd);
    say(fd, REQUEST, sizeof REQUEST - 1);
}

static int by_size(const void *a, const void *b) { return (*(double *)a > *(double *)b) - (*(double *)a < *(double *)b); }

static int calls(int port, long all, int commands, int at_once) {
    int poll = epoll_create1(0);
    long begun = 0, over = 0, gaps = 0;
    double *gap = malloc(all * commands * sizeof *gap);
    struct epoll_event events[256];
    for (; begun < all && begun < at_once; begun++) ring(poll, port);
    while (over < all) {
        int n = epoll_wait(poll, events, 256, 30000);
        if (n <= 0) fail("nobody serves");
        for (int i = 0; i < n; i++) {
            int fd = events[i].data.fd;
            struct link *l = &links[fd];
            ssize_t got = read(fd, l->buffer + l->length, sizeof l->buffer - l->length);
            if (got <= 0) {
                if (l->asked != commands) { fprintf(stderr, "%d commands of %d\n", l->asked, commands); exit(1); }
                close(fd);
                over++;
                if (begun < all) { ring(poll, port); begun++; }
                continue;
            }
            l->length += got;
            if (l->buffer[l->length - 1] != '\n') continue;
            if (memcmp(l->buffer, "GET VARIABLE ", 13) || !memmem(l->buffer, l->length, "HOTLINE_AREA", 12)) fail("command");
            if (l->since > 0) gap[gaps++] = now() - l->since;
            l->asked++;
            l->length = 0;
            say(fd, REPLY, sizeof REPLY - 1);
            l->since = now();
        }
    }
    qsort(gap, gaps, sizeof *gap, by_size);
    printf("%.1f %.1f\n", gap[gaps / 2], gap[gaps * 99 / 100]);
    return 0;
}

int main(int count, char **words) {
    if (count == 4 && !strcmp(words[1], "doors")) return doors(atoi(words[2]), atoi(words[3]));
    if (count == 6 && !strcmp(words[1], "calls"))
        return calls(atoi(words[2]), atol(words[3]), atoi(words[4]), atoi(words[5]));
    return 2;
}
