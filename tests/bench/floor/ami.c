/* B2's floor: `ami FILE TIMES` cuts FILE (AMI messages as caught) TIMES over into messages, lines, names and values, finds the
 * event's name, and prints: CPU seconds, messages, headers. No allocation: names and values are places in the buffer. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct header { const char *name, *value; size_t name_length, value_length; };

int main(int count, char **words) {
    if (count != 3) return 2;
    FILE *file = fopen(words[1], "rb");
    if (!file) return 1;
    fseek(file, 0, SEEK_END);
    size_t size = ftell(file);
    rewind(file);
    char *data = malloc(size + 1);
    if (fread(data, 1, size, file) != size) return 1;
    long messages = 0, headers = 0, names = 0;
    struct header all[512];
    struct timespec from, to;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
    for (int time = atoi(words[2]); time > 0; time--) {
        const char *at = data, *end = data + size, *stop;
        while ((stop = memmem(at, end - at, "\r\n\r\n", 4))) {
            int n = 0;
            while (at < stop && n < 512) {
                const char *line = memmem(at, stop + 2 - at, "\r\n", 2);
                const char *colon = memmem(at, line - at, ": ", 2);
                if (!colon) colon = line - 2;
                all[n].name = at;
                all[n].name_length = colon - at;
                all[n].value = colon + 2;
                all[n].value_length = line - colon - 2;
                n++;
                at = line + 2;
            }
            for (int i = 0; i < n; i++)
                if (all[i].name_length == 5 && !memcmp(all[i].name, "Event", 5)) { names += all[i].value_length; break; }
            messages++;
            headers += n;
            at = stop + 4;
        }
    }
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
    printf("%.9f %ld %ld %ld\n", to.tv_sec - from.tv_sec + (to.tv_nsec - from.tv_nsec) / 1e9, messages, headers, names);
    return 0;
}
