// Preloaded into a program, this library keeps book of what a power cut would leave of the files below one folder, and
// makes that disk, and the clock, fail on command. It never waits for a real disk: what counts as durable is what stands
// in its book. Whoever plays the cut kills the program, then puts the folder back to what the book says.
//
// POWER_CUT_FOLDER   the folder, as a real path; a file counts as below it wherever it is opened from
// POWER_CUT_BOOK     the book, on the same file system, outside of the folder:
//   files/<inode>    what is durable of a file
//   pending/<inode>  where it was written to since (offset, length; pairs of 8 bytes)
//   folders/<inode>  what is durable of a folder: lines "<f|d> <inode> <name>"
//   live/<inode>     files that were unlinked or replaced, so that no inode is used twice
//   control          struct control below, shared with whoever commands
//
// Followed: open with O_TRUNC, write, writev, pwrite, pwritev, ftruncate, truncate, fallocate, fsync and fdatasync of files
// and folders, sync_file_range (durable is nothing by it), rename, unlink, mmap (only of a -shm, which need not survive).
// What a file grew by otherwise (copy_file_range, sendfile) is taken by its next fsync; it is never written to in place so.
#define _GNU_SOURCE
#include <dirent.h>
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
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

// The order of the members is known to disk.ts.
struct control {
  int64_t clock_us;       // added to the time of day
  uint32_t full;          // not 0: no write below the folder finds space
  uint32_t slow_us;       // every fsync takes at least so long
  uint32_t fail_sync;     // the n-th fsync from now fails with EIO, and what it should have kept is lost
  uint32_t die_at;        // at the n-th operation from now the process dies
  uint32_t die_kinds;     // of these kinds, a mask
  uint32_t die_when;      // before it, after it, or half-way (a write only)
  uint32_t writes, syncs; // counts of what happened
  uint32_t refused, failed, slowed, died;
  uint32_t followed;      // programs that were started with it
};

enum { LOG_WRITE = 1, LOG_SYNC = 2, FILE_WRITE = 4, FILE_SYNC = 8, FOLDER_SYNC = 16, NAME = 32 };
enum { BEFORE = 0, AFTER = 1, HALF_WAY = 2 };

static char folder[PATH_MAX];
static char book[PATH_MAX];
static size_t folder_length;
static dev_t device;
static struct control *control;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void fail(const char *what) {
  dprintf(2, "power-cut: %s: %s\n", what, strerror(errno));
  abort();
}

__attribute__((constructor)) static void begin(void) {
  const char *of = getenv("POWER_CUT_FOLDER");
  const char *in = getenv("POWER_CUT_BOOK");
  if (!of || !in) return;
  char path[PATH_MAX + 16];
  snprintf(path, sizeof path, "%s/control", in);
  int fd = syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0);
  struct stat status;
  if (fd < 0 || stat(in, &status) < 0) fail(path);
  device = status.st_dev;
  void *page = (void *)syscall(SYS_mmap, NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (page == MAP_FAILED) fail("mapping the control page");
  syscall(SYS_close, fd);
  snprintf(book, sizeof book, "%s", in);
  snprintf(folder, sizeof folder, "%s", of);
  folder_length = strlen(folder);
  control = page;
  __atomic_add_fetch(&control->followed, 1, __ATOMIC_SEQ_CST);
}

static int is_below(const char *path) {
  return strncmp(path, folder, folder_length) == 0 && (path[folder_length] == '/' || path[folder_length] == 0);
}

struct known {
  ino_t inode;
  off_t size;
  int is_folder;
  int is_log;
  char path[PATH_MAX];
};

// Whether the descriptor is one of ours. Asked anew each time: descriptors are closed and used again behind our back.
static int find(int fd, struct known *known) {
  if (!control) return 0;
  struct stat status;
  int before = errno;
  if (fstat(fd, &status) < 0 || status.st_dev != device || !(S_ISREG(status.st_mode) || S_ISDIR(status.st_mode))) {
    errno = before;
    return 0;
  }
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, known->path, sizeof known->path - 1);
  errno = before;
  if (length < 0) return 0;
  known->path[length] = 0;
  if (!is_below(known->path)) return 0;
  known->inode = status.st_ino;
  known->size = status.st_size;
  known->is_folder = S_ISDIR(status.st_mode);
  known->is_log = strstr(known->path, "-wal") != NULL;
  return 1;
}

static int in_book(const char *part, ino_t inode, int flags) {
  char path[PATH_MAX + 64];
  snprintf(path, sizeof path, "%s/%s/%llu", book, part, (unsigned long long)inode);
  return syscall(SYS_openat, AT_FDCWD, path, flags | O_CLOEXEC, 0600);
}

static void die(void) {
  __atomic_add_fetch(&control->died, 1, __ATOMIC_SEQ_CST);
  syscall(SYS_kill, getpid(), SIGKILL);
  for (;;) pause();
}

// True when the commanded death is due at this operation; when it is to come before it, it does not return.
static int dies_at(uint32_t kind) {
  if (control->die_at == 0 || !(control->die_kinds & kind)) return 0;
  if (--control->die_at > 0) return 0;
  if (control->die_when == BEFORE) die();
  return 1;
}

// Before the bytes themselves: a range without new bytes does no harm, new bytes without their range would be lost.
static void note_range(ino_t inode, uint64_t offset, uint64_t length) {
  int fd = in_book("pending", inode, O_WRONLY | O_CREAT | O_APPEND);
  uint64_t range[2] = {offset, length};
  if (fd < 0 || syscall(SYS_write, fd, range, sizeof range) != sizeof range) fail("noting a write");
  syscall(SYS_close, fd);
}

static void copy(int from, int to, off_t offset, off_t length) {
  char bytes[65536];
  while (length > 0) {
    ssize_t got = syscall(SYS_pread64, from, bytes, length < (off_t)sizeof bytes ? length : (off_t)sizeof bytes, offset);
    if (got < 0) fail("reading what becomes durable");
    if (got == 0) return;
    if (syscall(SYS_pwrite64, to, bytes, got, offset) != got) fail("writing the book");
    offset += got;
    length -= got;
  }
}

// Reads through the descriptor where it can: closing another one of the same file would drop the program's locks on it.
static void keep_file(int fd, const struct known *known) {
  int pending = in_book("pending", known->inode, O_RDWR | O_CREAT);
  int durable = in_book("files", known->inode, O_RDWR | O_CREAT);
  char path[64];
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  int readable = (fcntl(fd, F_GETFL) & O_ACCMODE) != O_WRONLY;
  int source = readable ? fd : syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
  struct stat of_durable, of_pending;
  if (pending < 0 || durable < 0 || source < 0 || fstat(durable, &of_durable) < 0 || fstat(pending, &of_pending) < 0)
    fail(known->path);
  int lost = in_book("lost", known->inode, O_RDONLY);
  if (syscall(SYS_ftruncate, durable, known->size) < 0) fail("writing the book");
  // Grown behind our back, or by writes that are noted below anyway.
  if (lost < 0 && of_durable.st_size < known->size)
    copy(source, durable, of_durable.st_size, known->size - of_durable.st_size);
  if (lost >= 0) syscall(SYS_close, lost);
  uint64_t range[2];
  while (syscall(SYS_read, pending, range, sizeof range) == sizeof range)
    if ((off_t)range[0] < known->size) copy(source, durable, range[0], range[1]);
  if (syscall(SYS_ftruncate, pending, 0) < 0) fail("writing the book");
  if (!readable) syscall(SYS_close, source);
  syscall(SYS_close, durable);
  syscall(SYS_close, pending);
}

static void keep_folder(const struct known *known) {
  char path[PATH_MAX + 64], fresh[PATH_MAX + 80];
  snprintf(path, sizeof path, "%s/folders/%llu", book, (unsigned long long)known->inode);
  snprintf(fresh, sizeof fresh, "%s.%d", path, (int)syscall(SYS_gettid));
  DIR *listing = opendir(known->path);
  FILE *list = fopen(fresh, "we");
  if (!listing || !list) fail(known->path);
  for (struct dirent *entry; (entry = readdir(listing));) {
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
    struct stat status;
    if (fstatat(dirfd(listing), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) < 0) continue;
    fprintf(list, "%c %llu %s\n", S_ISDIR(status.st_mode) ? 'd' : 'f', (unsigned long long)status.st_ino, entry->d_name);
  }
  closedir(listing);
  if (fclose(list) != 0 || syscall(SYS_renameat, AT_FDCWD, fresh, AT_FDCWD, path) < 0) fail("writing the book");
}

// As a kernel does it: the pages count as written from now on, and no later fsync tries them again.
static void lose(const struct known *known) {
  int pending = in_book("pending", known->inode, O_WRONLY | O_CREAT | O_TRUNC);
  int lost = in_book("lost", known->inode, O_WRONLY | O_CREAT);
  if (pending < 0 || lost < 0) fail("writing the book");
  syscall(SYS_close, pending);
  syscall(SYS_close, lost);
}

static void wait_us(uint32_t us) {
  struct timespec time = {us / 1000000, (us % 1000000) * 1000L};
  syscall(SYS_nanosleep, &time, NULL);
}

static int synced(int fd, long number) {
  struct known known;
  if (!find(fd, &known)) return syscall(number, fd);
  if (control->slow_us > 0) {
    __atomic_add_fetch(&control->slowed, 1, __ATOMIC_SEQ_CST);
    wait_us(control->slow_us);
  }
  pthread_mutex_lock(&lock);
  __atomic_add_fetch(&control->syncs, 1, __ATOMIC_SEQ_CST);
  int dies = dies_at(known.is_folder ? FOLDER_SYNC : known.is_log ? LOG_SYNC : FILE_SYNC);
  int fails = !known.is_folder && control->fail_sync > 0 && --control->fail_sync == 0;
  if (known.is_folder) keep_folder(&known);
  else if (fails) lose(&known);
  else if (find(fd, &known)) keep_file(fd, &known);
  if (dies) die();
  if (fails) __atomic_add_fetch(&control->failed, 1, __ATOMIC_SEQ_CST);
  pthread_mutex_unlock(&lock);
  if (!fails) return 0;
  errno = EIO;
  return -1;
}

int fsync(int fd) { return synced(fd, SYS_fsync); }
int fdatasync(int fd) { return synced(fd, SYS_fdatasync); }

static int refuses(void) {
  if (control->full == 0) return 0;
  __atomic_add_fetch(&control->refused, 1, __ATOMIC_SEQ_CST);
  errno = ENOSPC;
  return 1;
}

static size_t length_of(const struct iovec *parts, int count) {
  size_t length = 0;
  for (int at = 0; at < count; at++) length += parts[at].iov_len;
  return length;
}

// `offset` -1: at the descriptor's own place.
static ssize_t written(int fd, const struct iovec *parts, int count, off_t offset) {
  struct known known;
  if (!find(fd, &known)) {
    if (offset >= 0) return syscall(SYS_pwritev, fd, parts, count, offset, 0L);
    return syscall(SYS_writev, fd, parts, count);
  }
  if (refuses()) return -1;
  pthread_mutex_lock(&lock);
  __atomic_add_fetch(&control->writes, 1, __ATOMIC_SEQ_CST);
  int dies = dies_at(known.is_log ? LOG_WRITE : FILE_WRITE);
  size_t length = length_of(parts, count);
  off_t at = offset;
  if (at < 0 && (fcntl(fd, F_GETFL) & O_APPEND)) at = syscall(SYS_lseek, fd, 0L, SEEK_END);
  if (at < 0) at = syscall(SYS_lseek, fd, 0L, SEEK_CUR);
  note_range(known.inode, at, length);
  ssize_t answer;
  if (dies && control->die_when == HALF_WAY && count == 1) {
    answer = syscall(SYS_pwrite64, fd, parts[0].iov_base, length / 2, at);
  } else if (offset >= 0) {
    answer = syscall(SYS_pwritev, fd, parts, count, offset, 0L);
  } else {
    answer = syscall(SYS_writev, fd, parts, count);
  }
  if (dies) die();
  pthread_mutex_unlock(&lock);
  return answer;
}

ssize_t write(int fd, const void *bytes, size_t length) {
  struct iovec part = {(void *)bytes, length};
  struct known known;
  if (!find(fd, &known)) return syscall(SYS_write, fd, bytes, length);
  return written(fd, &part, 1, -1);
}
ssize_t writev(int fd, const struct iovec *parts, int count) { return written(fd, parts, count, -1); }
ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) {
  struct iovec part = {(void *)bytes, length};
  return written(fd, &part, 1, offset);
}
ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset) { return pwrite(fd, bytes, length, offset); }
ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t offset) { return written(fd, parts, count, offset); }
ssize_t pwritev64(int fd, const struct iovec *parts, int count, off64_t at) { return written(fd, parts, count, at); }

// What is cut off becomes durable with the next fsync, as everything else; a range of no length says that there was something.
static int resized(int fd, off_t length) {
  struct known known;
  if (!find(fd, &known)) return syscall(SYS_ftruncate, fd, length);
  if (length > known.size && refuses()) return -1;
  pthread_mutex_lock(&lock);
  int dies = dies_at(known.is_log ? LOG_WRITE : FILE_WRITE);
  note_range(known.inode, length, 0);
  int answer = syscall(SYS_ftruncate, fd, length);
  if (dies) die();
  pthread_mutex_unlock(&lock);
  return answer;
}

int ftruncate(int fd, off_t length) { return resized(fd, length); }
int ftruncate64(int fd, off64_t length) { return resized(fd, length); }

int truncate(const char *path, off_t length) {
  int fd = syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CLOEXEC, 0);
  if (fd < 0) return -1;
  int answer = resized(fd, length);
  int why = errno;
  syscall(SYS_close, fd);
  errno = why;
  return answer;
}
int truncate64(const char *path, off64_t length) { return truncate(path, length); }

static int allocated(int fd, int mode, off_t offset, off_t length) {
  struct known known;
  if (find(fd, &known)) {
    if (mode != 0) {
      errno = EOPNOTSUPP;
      return -1;
    }
    if (refuses()) return -1;
    note_range(known.inode, offset + length, 0);
  }
  return syscall(SYS_fallocate, fd, mode, offset, length);
}

int fallocate(int fd, int mode, off_t offset, off_t length) { return allocated(fd, mode, offset, length); }
int fallocate64(int fd, int mode, off64_t offset, off64_t length) { return allocated(fd, mode, offset, length); }
int posix_fallocate(int fd, off_t at, off_t length) { return allocated(fd, 0, at, length) < 0 ? errno : 0; }
int posix_fallocate64(int fd, off64_t at, off64_t length) { return posix_fallocate(fd, at, length); }

// Opened first without it, so that the cut is one of the book's.
static int opened(int at, const char *path, int flags, mode_t mode) {
  if (!control || !(flags & O_TRUNC) || (flags & O_ACCMODE) == O_RDONLY) return syscall(SYS_openat, at, path, flags, mode);
  int fd = syscall(SYS_openat, at, path, flags & ~O_TRUNC, mode);
  if (fd < 0) return fd;
  struct known known;
  int cut = find(fd, &known) ? resized(fd, 0) : syscall(SYS_ftruncate, fd, 0L);
  // Pipes and devices cannot be cut, and need not be.
  if (cut < 0 && errno != EINVAL) {
    int why = errno;
    syscall(SYS_close, fd);
    errno = why;
    return -1;
  }
  return fd;
}

static mode_t mode_of(int flags, va_list rest) {
  return (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(rest, mode_t) : 0;
}

#define OPEN(name)                                  \
  int name(const char *path, int flags, ...) {      \
    va_list rest;                                   \
    va_start(rest, flags);                          \
    mode_t mode = mode_of(flags, rest);             \
    va_end(rest);                                   \
    return opened(AT_FDCWD, path, flags, mode);     \
  }
#define OPENAT(name)                                \
  int name(int at, const char *path, int flags, ...) { \
    va_list rest;                                   \
    va_start(rest, flags);                          \
    mode_t mode = mode_of(flags, rest);             \
    va_end(rest);                                   \
    return opened(at, path, flags, mode);           \
  }
OPEN(open)
OPEN(open64)
OPENAT(openat)
OPENAT(openat64)
int creat(const char *path, mode_t mode) { return opened(AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, mode); }
int creat64(const char *path, mode_t mode) { return creat(path, mode); }

// A name that goes keeps its file in the book: the folder may not have been synced, and then the file comes back.
static void keep_alive(int at, const char *path) {
  struct stat status;
  if (fstatat(at, path, &status, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(status.st_mode) || status.st_dev != device) return;
  char live[PATH_MAX + 64];
  snprintf(live, sizeof live, "%s/live/%llu", book, (unsigned long long)status.st_ino);
  if (syscall(SYS_linkat, at, path, AT_FDCWD, live, 0) < 0 && errno != EEXIST) fail("keeping an unlinked file");
}

static int is_ours(int at, const char *path) {
  if (!control) return 0;
  int before = errno;
  char parent[PATH_MAX], real[PATH_MAX];
  snprintf(parent, sizeof parent, "%s", path);
  char *end = strrchr(parent, '/');
  if (end == parent) end[1] = 0;
  else if (end) *end = 0;
  else strcpy(parent, ".");
  int fd = syscall(SYS_openat, at, parent, O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = fd < 0 ? -1 : readlink(link, real, sizeof real - 1);
  if (fd >= 0) syscall(SYS_close, fd);
  errno = before;
  if (length < 0) return 0;
  real[length] = 0;
  return is_below(real);
}

static int unlinked(int at, const char *path, int flags) {
  if (!is_ours(at, path)) return syscall(SYS_unlinkat, at, path, flags);
  pthread_mutex_lock(&lock);
  int dies = dies_at(NAME);
  keep_alive(at, path);
  int answer = syscall(SYS_unlinkat, at, path, flags);
  if (dies) die();
  pthread_mutex_unlock(&lock);
  return answer;
}

int unlink(const char *path) { return unlinked(AT_FDCWD, path, 0); }
int unlinkat(int at, const char *path, int flags) { return unlinked(at, path, flags); }

static int renamed(int from_at, const char *from, int to_at, const char *to, unsigned flags) {
  int ours = is_ours(to_at, to);
  if (!ours) return syscall(SYS_renameat2, from_at, from, to_at, to, flags);
  pthread_mutex_lock(&lock);
  int dies = dies_at(NAME);
  keep_alive(to_at, to);
  int answer = syscall(SYS_renameat2, from_at, from, to_at, to, flags);
  if (dies) die();
  pthread_mutex_unlock(&lock);
  return answer;
}

int rename(const char *from, const char *to) { return renamed(AT_FDCWD, from, AT_FDCWD, to, 0); }
int renameat(int a, const char *from, int b, const char *to) { return renamed(a, from, b, to, 0); }
int renameat2(int a, const char *from, int b, const char *to, unsigned flags) { return renamed(a, from, b, to, flags); }

// Writing through memory cannot be followed; the index of SQLite's log is made anew after a cut anyway.
static void *mapped(void *at, size_t length, int protection, int flags, int fd, off_t offset) {
  struct known known;
  if (fd >= 0 && (flags & MAP_SHARED) && (protection & PROT_WRITE) && find(fd, &known)) {
    size_t end = strlen(known.path);
    if (end < 4 || strcmp(known.path + end - 4, "-shm") != 0) {
      errno = ENOTSUP;
      fail("a file is written through memory, which cannot be followed");
    }
  }
  return (void *)syscall(SYS_mmap, at, length, protection, flags, fd, offset);
}

void *mmap(void *at, size_t length, int protection, int flags, int fd, off_t offset) {
  return mapped(at, length, protection, flags, fd, offset);
}
void *mmap64(void *at, size_t length, int protection, int flags, int fd, off64_t offset) {
  return mapped(at, length, protection, flags, fd, offset);
}

static void step(int64_t *seconds, int64_t *us) {
  if (!control) return;
  int64_t all = *seconds * 1000000 + *us + control->clock_us;
  *seconds = all / 1000000;
  *us = all % 1000000;
}

int clock_gettime(clockid_t clock, struct timespec *time) {
  int answer = syscall(SYS_clock_gettime, clock, time);
  if (answer < 0 || (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE)) return answer;
  int64_t seconds = time->tv_sec, us = time->tv_nsec / 1000;
  step(&seconds, &us);
  time->tv_sec = seconds;
  time->tv_nsec = us * 1000 + time->tv_nsec % 1000;
  return answer;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone) {
  (void)zone;
  struct timespec now;
  if (clock_gettime(CLOCK_REALTIME, &now) < 0) return -1;
  time->tv_sec = now.tv_sec;
  time->tv_usec = now.tv_nsec / 1000;
  return 0;
}

time_t time(time_t *to) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (to) *to = now.tv_sec;
  return now.tv_sec;
}
