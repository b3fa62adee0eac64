// mvroot: /init of a small initramfs for a kernel that has the drivers of its disk as modules. It loads them, mounts
// the root file system that root= names, and becomes init of that. mvimage puts it into the initramfs of an ext4 or
// squashfs image.
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <string>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace {

constexpr const char* list = "/modules";  // one path a line, in the order of loading
constexpr const char* new_root = "/newroot";
constexpr int tries = 3000;  // for the device, which appears some time after its driver: 30 seconds
constexpr timespec pause_between{0, 10'000'000};

// What the kernel does itself where it needs no initramfs: the same words on its command line.
struct Wanted {
    std::string device = "/dev/vda";
    std::string type = "ext4,squashfs";
    std::string options;  // of the file system
    std::string init = "/sbin/init";
    unsigned long flags = MS_RDONLY;
};

// init that ends is a kernel panic, which is what a root file system that cannot be mounted is.
[[noreturn]] void give_up(const char* operation, const std::string& object, const char* remedy) {
    std::fprintf(stderr, "mvroot: error: %s %s: %s: %s\n", operation, object.c_str(), std::strerror(errno), remedy);
    std::exit(1);
}

std::string read_file(const char* path) {
    std::string text;
    const int descriptor = ::open(path, O_RDONLY | O_CLOEXEC);
    char piece[4096];
    ssize_t length = 0;
    while (descriptor >= 0 && (length = ::read(descriptor, piece, sizeof piece)) > 0)
        text.append(piece, static_cast<std::size_t>(length));
    if (descriptor >= 0) ::close(descriptor);
    return text;
}

// Calls each(word) with all that stands between any of separators.
template <class Each>
void for_words(const std::string& text, const char* separators, Each each) {
    for (std::size_t at = 0; (at = text.find_first_not_of(separators, at)) != std::string::npos;) {
        const std::size_t end = std::min(text.find_first_of(separators, at), text.size());
        each(text.substr(at, end - at));
        at = end;
    }
}

Wanted read_command_line() {
    Wanted wanted;
    bool ours = true;
    for_words(read_file("/proc/cmdline"), " \n", [&](const std::string& word) {
        ours = ours && word != "--";  // what follows is init's
        if (!ours) return;
        if (word.starts_with("root=")) wanted.device = word.substr(5);
        if (word.starts_with("rootfstype=")) wanted.type = word.substr(11);
        if (word.starts_with("rootflags=")) wanted.options = word.substr(10);
        if (word.starts_with("init=")) wanted.init = word.substr(5);
        if (word == "rw") wanted.flags = 0;
        if (word == "ro") wanted.flags = MS_RDONLY;
    });
    return wanted;
}

// Their memory is given back, too: in an initramfs a file is memory.
void load_modules() {
    for_words(read_file(list), "\n", [](const std::string& path) {
        const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
        // One that finds no hardware, or is there already, is no reason to stop: the disk tells.
        if (::syscall(SYS_finit_module, descriptor, "", 0) != 0 && errno != EEXIST)
            std::fprintf(stderr, "mvroot: warning: load module %s: %s\n", path.c_str(), std::strerror(errno));
        ::close(descriptor);
        ::unlink(path.c_str());
    });
    ::unlink(list);
    ::unlink("/init");
}

void wait_for(const std::string& device) {
    // UUID=, PARTUUID= and numbers: nobody is here who knows what they mean.
    errno = EINVAL;
    if (!device.starts_with("/dev/"))
        give_up("use as root device", device, "name it by its path on the kernel command line, as in root=/dev/vda");
    struct stat status {};
    for (int count = 0; ::stat(device.c_str(), &status) != 0; ++count) {
        if (count == tries)
            give_up("wait for root device", device,
                    "name it with root= on the kernel command line, as in root=/dev/vda");
        ::nanosleep(&pause_between, nullptr);
    }
}

void mount_root(const Wanted& wanted) {
    bool mounted = false;
    int error = ENODEV;  // this kernel does not know the type: what another one says tells more
    for_words(wanted.type, ",", [&](const std::string& type) {
        mounted = mounted ||
                  ::mount(wanted.device.c_str(), new_root, type.c_str(), wanted.flags, wanted.options.c_str()) == 0;
        if (!mounted && error == ENODEV) error = errno;
    });
    errno = error;
    if (!mounted)
        give_up("mount root file system", wanted.device,
                "does the disk hold an image of mvimage, is it to be read-only (ro)? rootfstype= names its type, "
                "rootflags= its options");
}

// /dev goes along where the image has a place for it, as a kernel mounts it that needs no initramfs.
void switch_root() {
    ::umount2("/proc", MNT_DETACH);
    const std::string dev = std::string(new_root) + "/dev";
    if (::mount("/dev", dev.c_str(), nullptr, MS_MOVE, nullptr) != 0) ::umount2("/dev", MNT_DETACH);
    if (::chdir(new_root) != 0 || ::mount(".", "/", nullptr, MS_MOVE, nullptr) != 0 || ::chroot(".") != 0 ||
        ::chdir("/") != 0)
        give_up("switch to root", new_root, "it has to be a mount point of an initramfs");
}

}  // namespace

int main(int, char** argv) {
    ::mkdir("/dev", 0755);
    ::mkdir("/proc", 0555);
    ::mkdir(new_root, 0755);
    if (::mount("devtmpfs", "/dev", "devtmpfs", 0, nullptr) != 0 && errno != EBUSY)
        give_up("mount", "/dev", "the kernel needs CONFIG_DEVTMPFS");
    if (::mount("proc", "/proc", "proc", 0, nullptr) != 0) give_up("mount", "/proc", "the kernel needs CONFIG_PROC_FS");
    Wanted wanted = read_command_line();
    load_modules();
    wait_for(wanted.device);
    mount_root(wanted);
    switch_root();
    argv[0] = wanted.init.data();
    ::execv(wanted.init.c_str(), argv);
    give_up("execute", wanted.init, "init= names the program in the root file system");
}
