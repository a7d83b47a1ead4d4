/*
 * Stands between a program and the disk (LD_PRELOAD) and sees every change that it makes below one folder.
 *
 *   FOREBAY_DISK_FOLDER   the folder, absolute and without symbolic links
 *   FOREBAY_DISK_TRACE    file that takes one record for each change, and for each text on standard output
 *   FOREBAY_DISK_KILL_AT  the process is killed (SIGKILL) right before change number N, counted from 1
 *   FOREBAY_DISK_CONTROL  file whose writes are commands: "full BYTES" lets so many more bytes be added to files (-1:
 *                         no limit), "sync-fails N" lets the next N syncs of files fail, after which their content is
 *                         lost as Linux loses it
 *   FOREBAY_DISK_NO_LINKS a file has one name only, as on FAT: a second one is refused (EPERM)
 *   FOREBAY_DISK_SHORT    one write takes at most so many bytes, as the system may at any time
 *   FOREBAY_DISK_FREE     what the system says is free, in bytes, of a disk of that size
 *   FOREBAY_DISK_FULL     as the command "full", from the beginning
 *
 * What goes through mmap is not seen: SQLite maps only its shared memory file, which a power cut removes anyway.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/uio.h>
#include <unistd.h>

#define REAL(name) ((__typeof__(&name))real(#name))

struct record {
  uint32_t op;
  uint32_t path_bytes;
  uint32_t other_bytes;
  uint32_t data_bytes;
  uint64_t at;
};

static char folder[PATH_MAX];
static size_t folder_bytes;
static const char *control;
static int trace = -1;
static long kill_at;
static long changes;
static long long room = -1;
static long failing_syncs;
static int has_no_links;
static size_t write_bytes_max;
static long long said_free = -1;
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;

static void *real(const char *name) {
  void *found = dlsym(RTLD_NEXT, name);
  if (found == NULL) abort();
  return found;
}

__attribute__((constructor)) static void begin(void) {
  const char *wanted = getenv("FOREBAY_DISK_FOLDER");
  const char *file = getenv("FOREBAY_DISK_TRACE");
  const char *number = getenv("FOREBAY_DISK_KILL_AT");
  control = getenv("FOREBAY_DISK_CONTROL");
  if (wanted == NULL) return;
  snprintf(folder, sizeof folder, "%s", wanted);
  folder_bytes = strlen(folder);
  if (file != NULL) trace = REAL(open)(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (number != NULL) kill_at = atol(number);
  has_no_links = getenv("FOREBAY_DISK_NO_LINKS") != NULL;
  const char *most = getenv("FOREBAY_DISK_SHORT");
  if (most != NULL) write_bytes_max = (size_t)atol(most);
  const char *said = getenv("FOREBAY_DISK_FREE");
  if (said != NULL) said_free = atoll(said);
  const char *left = getenv("FOREBAY_DISK_FULL");
  if (left != NULL) room = atoll(left);
}

/* The part of an absolute path below the folder, or NULL when it lies elsewhere. The folder itself is "". */
static const char *below(const char *path) {
  if (folder_bytes == 0 || strncmp(path, folder, folder_bytes) != 0) return NULL;
  if (path[folder_bytes] == '\0') return path + folder_bytes;
  return path[folder_bytes] == '/' ? path + folder_bytes + 1 : NULL;
}

/* The path of an open file, as the kernel knows it now. */
static const char *path_of(int fd, char *space) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t bytes = readlink(link, space, PATH_MAX - 1);
  if (bytes < 0) return NULL;
  space[bytes] = '\0';
  return space;
}

static const char *watched(int fd, char *space) {
  const char *path = folder_bytes == 0 ? NULL : path_of(fd, space);
  return path == NULL ? NULL : below(path);
}

static const char *watched_name(int at, const char *name, char *space) {
  if (folder_bytes == 0) return NULL;
  if (name[0] == '/') return below(name);
  char start[PATH_MAX];
  const char *from = at == AT_FDCWD ? getcwd(start, sizeof start) : path_of(at, start);
  if (from == NULL || snprintf(space, PATH_MAX, "%s/%s", from, name) >= PATH_MAX) return NULL;
  return below(space);
}

static void note(char op, const char *path, const char *other, uint64_t at, const struct iovec *data, int parts,
                 size_t bytes) {
  if (trace < 0) return;
  struct record head = {(uint32_t)op, strlen(path), strlen(other), bytes, at};
  struct iovec all[64] = {{&head, sizeof head}, {(void *)path, head.path_bytes}, {(void *)other, head.other_bytes}};
  int count = 3;
  size_t left = bytes;
  for (int i = 0; i < parts && left > 0 && count < 64; i++) {
    size_t taken = data[i].iov_len < left ? data[i].iov_len : left;
    all[count++] = (struct iovec){data[i].iov_base, taken};
    left -= taken;
  }
  size_t whole = sizeof head + head.path_bytes + head.other_bytes + bytes;
  if (left > 0 || REAL(writev)(trace, all, count) != (ssize_t)whole) abort();
}

/* A change is about to be made. */
static void come_to_change(void) {
  changes += 1;
  if (kill_at > 0 && changes == kill_at) kill(getpid(), SIGKILL);
}

static void command(const char *text, size_t bytes) {
  char line[64];
  snprintf(line, sizeof line, "%.*s", (int)bytes, text);
  if (sscanf(line, "full %lld", &room) == 1) return;
  if (sscanf(line, "sync-fails %ld", &failing_syncs) == 1) return;
  abort();
}

/* Whether the disk has room for a write that ends at `end`. */
static int has_room(int fd, uint64_t end) {
  struct stat file;
  if (room < 0 || fstat(fd, &file) != 0 || end <= (uint64_t)file.st_size) return 1;
  long long more = (long long)(end - (uint64_t)file.st_size);
  if (more > room) return 0;
  room -= more;
  return 1;
}

static ssize_t change(int fd, const struct iovec *data, int parts, int64_t given) {
  char space[PATH_MAX];
  size_t bytes = 0;
  for (int i = 0; i < parts; i++) bytes += data[i].iov_len;
  const char *path = NULL;
  int is_said = fd == STDOUT_FILENO && trace >= 0;
  if (fd != trace && !is_said && folder_bytes > 0) {
    const char *whole = path_of(fd, space);
    if (whole != NULL && control != NULL && strcmp(whole, control) == 0) {
      command(data[0].iov_base, data[0].iov_len);
      return (ssize_t)bytes;
    }
    path = whole == NULL ? NULL : below(whole);
  }
  if (path == NULL && !is_said) {
    return given < 0 ? REAL(writev)(fd, data, parts) : REAL(pwritev)(fd, data, parts, given);
  }
  pthread_mutex_lock(&turn);
  int64_t at = given;
  if (path != NULL) {
    if (given < 0) at = lseek(fd, 0, fcntl(fd, F_GETFL) & O_APPEND ? SEEK_END : SEEK_CUR);
    come_to_change();
  }
  ssize_t written = -1;
  if (path != NULL && !has_room(fd, (uint64_t)at + bytes)) errno = ENOSPC;
  else written = given < 0 ? REAL(writev)(fd, data, parts) : REAL(pwritev)(fd, data, parts, given);
  int why = errno;
  if (written > 0) note(path == NULL ? 'A' : 'W', path == NULL ? "" : path, "", at < 0 ? 0 : at, data, parts, written);
  pthread_mutex_unlock(&turn);
  errno = why;
  return written;
}

/* SQLite goes on by itself after a write that took less. */
static size_t taken_at_once(int fd, size_t bytes) {
  char space[PATH_MAX];
  if (write_bytes_max == 0 || bytes <= write_bytes_max || watched(fd, space) == NULL) return bytes;
  return write_bytes_max;
}

ssize_t write(int fd, const void *data, size_t bytes) {
  struct iovec one = {(void *)data, taken_at_once(fd, bytes)};
  return change(fd, &one, 1, -1);
}

ssize_t writev(int fd, const struct iovec *data, int parts) { return change(fd, data, parts, -1); }

ssize_t pwrite(int fd, const void *data, size_t bytes, off_t at) {
  struct iovec one = {(void *)data, taken_at_once(fd, bytes)};
  return change(fd, &one, 1, at);
}

ssize_t pwrite64(int fd, const void *data, size_t bytes, off64_t at) { return pwrite(fd, data, bytes, at); }
ssize_t pwritev(int fd, const struct iovec *data, int parts, off_t at) { return change(fd, data, parts, at); }
ssize_t pwritev64(int fd, const struct iovec *data, int parts, off64_t at) { return change(fd, data, parts, at); }

int statfs(const char *name, struct statfs *found) {
  char space[PATH_MAX];
  int result = REAL(statfs)(name, found);
  if (result == 0 && said_free >= 0 && watched_name(AT_FDCWD, name, space) != NULL) {
    found->f_bavail = found->f_bfree = found->f_blocks = (unsigned long)said_free / (unsigned long)found->f_bsize;
  }
  return result;
}

int statfs64(const char *name, struct statfs64 *found) { return statfs(name, (struct statfs *)found); }

static int sync_file(int fd, int (*act)(int)) {
  char space[PATH_MAX];
  struct stat file;
  const char *path = watched(fd, space);
  if (path == NULL || fstat(fd, &file) != 0) return act(fd);
  pthread_mutex_lock(&turn);
  come_to_change();
  int is_folder = S_ISDIR(file.st_mode);
  int result = -1;
  if (!is_folder && failing_syncs > 0) {
    failing_syncs -= 1;
    note('F', path, "", 0, NULL, 0, 0);
    errno = EIO;
  } else {
    result = act(fd);
    if (result == 0) note(is_folder ? 'D' : 'S', path, "", 0, NULL, 0, 0);
  }
  int why = errno;
  pthread_mutex_unlock(&turn);
  errno = why;
  return result;
}

int fsync(int fd) { return sync_file(fd, REAL(fsync)); }
int fdatasync(int fd) { return sync_file(fd, REAL(fdatasync)); }

int ftruncate(int fd, off_t size) {
  char space[PATH_MAX];
  const char *path = watched(fd, space);
  if (path == NULL) return REAL(ftruncate)(fd, size);
  pthread_mutex_lock(&turn);
  come_to_change();
  int result = REAL(ftruncate)(fd, size);
  int why = errno;
  if (result == 0) note('T', path, "", size, NULL, 0, 0);
  pthread_mutex_unlock(&turn);
  errno = why;
  return result;
}

int ftruncate64(int fd, off64_t size) { return ftruncate(fd, size); }

static int open_file(int at, const char *name, int flags, mode_t mode) {
  char space[PATH_MAX];
  const char *path = flags & (O_CREAT | O_TRUNC) ? watched_name(at, name, space) : NULL;
  if (path == NULL) return REAL(openat)(at, name, flags, mode);
  pthread_mutex_lock(&turn);
  struct stat file;
  int is_there = fstatat(at, name, &file, 0) == 0;
  int is_change = !is_there || (flags & O_TRUNC && file.st_size > 0);
  if (is_change) come_to_change();
  int fd = REAL(openat)(at, name, flags, mode);
  int why = errno;
  if (fd >= 0 && is_change) note(is_there ? 'T' : 'C', path, "", 0, NULL, 0, 0);
  pthread_mutex_unlock(&turn);
  errno = why;
  return fd;
}

#define OPEN_WITH_MODE(at, name, flags)              \
  mode_t mode = 0;                                   \
  if ((flags) & (O_CREAT | __O_TMPFILE)) {           \
    va_list rest;                                    \
    va_start(rest, flags);                           \
    mode = va_arg(rest, mode_t);                     \
    va_end(rest);                                    \
  }                                                  \
  return open_file(at, name, flags, mode)

int open(const char *name, int flags, ...) { OPEN_WITH_MODE(AT_FDCWD, name, flags); }
int open64(const char *name, int flags, ...) { OPEN_WITH_MODE(AT_FDCWD, name, flags | O_LARGEFILE); }
int openat(int at, const char *name, int flags, ...) { OPEN_WITH_MODE(at, name, flags); }
int openat64(int at, const char *name, int flags, ...) { OPEN_WITH_MODE(at, name, flags | O_LARGEFILE); }

/* One change of names: made, and noted when it was. */
#define CHANGE_NAME(op, path, other, act)            \
  pthread_mutex_lock(&turn);                         \
  come_to_change();                                  \
  int result = act;                                  \
  int why = errno;                                   \
  if (result == 0) note(op, path, other, 0, NULL, 0, 0); \
  pthread_mutex_unlock(&turn);                       \
  errno = why;                                       \
  return result

int rename(const char *from, const char *to) {
  char from_space[PATH_MAX], to_space[PATH_MAX];
  const char *path = watched_name(AT_FDCWD, from, from_space);
  const char *other = watched_name(AT_FDCWD, to, to_space);
  if (path == NULL || other == NULL) return REAL(rename)(from, to);
  CHANGE_NAME('R', path, other, REAL(rename)(from, to));
}

int link(const char *from, const char *to) {
  char from_space[PATH_MAX], to_space[PATH_MAX];
  const char *path = watched_name(AT_FDCWD, from, from_space);
  const char *other = watched_name(AT_FDCWD, to, to_space);
  if (path == NULL || other == NULL) return REAL(link)(from, to);
  if (has_no_links) {
    errno = EPERM;
    return -1;
  }
  CHANGE_NAME('L', path, other, REAL(link)(from, to));
}

int unlink(const char *name) {
  char space[PATH_MAX];
  const char *path = watched_name(AT_FDCWD, name, space);
  if (path == NULL) return REAL(unlink)(name);
  CHANGE_NAME('U', path, "", REAL(unlink)(name));
}

int unlinkat(int at, const char *name, int flags) {
  char space[PATH_MAX];
  const char *path = watched_name(at, name, space);
  if (path == NULL) return REAL(unlinkat)(at, name, flags);
  CHANGE_NAME('U', path, "", REAL(unlinkat)(at, name, flags));
}

/* What `rmSync` of Node calls; a name that is not there is no change. */
int remove(const char *name) {
  char space[PATH_MAX];
  struct stat file;
  const char *path = watched_name(AT_FDCWD, name, space);
  if (path == NULL || lstat(name, &file) != 0) return REAL(remove)(name);
  CHANGE_NAME('U', path, "", REAL(remove)(name));
}

int rmdir(const char *name) {
  char space[PATH_MAX];
  const char *path = watched_name(AT_FDCWD, name, space);
  if (path == NULL) return REAL(rmdir)(name);
  CHANGE_NAME('U', path, "", REAL(rmdir)(name));
}

int mkdir(const char *name, mode_t mode) {
  char space[PATH_MAX];
  const char *path = watched_name(AT_FDCWD, name, space);
  if (path == NULL) return REAL(mkdir)(name, mode);
  CHANGE_NAME('M', path, "", REAL(mkdir)(name, mode));
}
