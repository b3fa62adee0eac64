#include "plumb/modules_linux.hpp"

#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "plumb/modules.hpp"
#include "plumb/platform.hpp"
#include "plumb/posix.hpp"

namespace plumb {

namespace {

// include/uapi/linux/module.h, since Linux 5.17; older headers lack it.
constexpr int init_compressed_file = 4;

std::string module_directory() {
    utsname name{};
    ::uname(&name);
    return concat({"/lib/modules/", name.release});
}

// Built-in modules with parameters are there as well, which is as good. One that another process is loading is not done
// yet ("coming"): to load it once more waits for that.
bool is_loaded(const std::string& normal_name) {
    const std::string directory = concat({"/sys/module/", normal_name});
    const auto state = read_file(concat({directory, "/initstate"}), 64);
    return state ? state->starts_with("live") : is_directory(directory);
}

// % stands for the module's file.
const char* load_remedy(bool compressed, int error) {
    switch (error) {
        case EOPNOTSUPP:
        case EINVAL:
        case ENOEXEC:
            if (compressed)
                return "this kernel cannot unpack %: decompress the modules when the image is built, then run depmod";
            return error == ENOEXEC ? "it was built for another kernel" : "a parameter that it does not know?";
        case ENOENT:
            return "it needs a symbol that is not there: was it built for this kernel? The kernel's log says which";
        case ENODEV:
            return "there is no such device on this machine";
        case EKEYREJECTED:
        case ENOKEY:
            return "the kernel wants signed modules";
        case EPERM:
            return "loading modules is not allowed here (a container, kernel.modules_disabled or lockdown)";
        default:
            return "";
    }
}

Result<void> load_file(const std::string& path, const std::string& parameters) {
    const std::string name = normal_module_name(path);
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file.valid()) {
        const int error = errno;
        return Error{"load module", name, error, "", concat({path, " is in modules.dep but cannot be opened"})};
    }
    const bool compressed = is_compressed_module(path);
    const int flags = compressed ? init_compressed_file : 0;
    if (::syscall(SYS_finit_module, file.get(), parameters.c_str(), flags) == 0 || errno == EEXIST) return {};
    const int error = errno;
    return Error{"load module", name, error, "", fill(load_remedy(compressed, error), {base_name(path)})};
}

std::string full_path(const std::string& directory, const std::string& path) {
    return path.starts_with('/') ? path : concat({directory, "/", path});
}

Error missing(const LoadModule& step, const std::string& directory, const MappedFile& dependencies) {
    const bool listed = dependencies.valid();
    const char* remedy = listed ? "no such module in %: copy it into the image, run depmod"
                                : "no %/modules.dep: copy the modules of this very kernel into the image, run depmod";
    return Error{"load module", step.name, listed ? ENOENT : dependencies.error(), "", fill(remedy, {directory})};
}

// Soft dependencies make things better where they are there; the module says itself when it cannot do without.
void load_soft_dependencies(const std::string& directory, const std::string& name) {
    std::vector<std::string> wanted;
    {
        const MappedFile soft(concat({directory, "/modules.softdep"}));
        wanted = soft_dependencies(soft.text(), name);
    }
    const MappedFile hard(concat({directory, "/modules.dep"}));
    for (const std::string& each : wanted) {
        const std::optional<ModuleFiles> files = find_module(hard.text(), each);
        if (!files || is_loaded(normal_module_name(each))) continue;
        for (const std::string& path : files->dependencies) (void)load_file(full_path(directory, path), "");
        (void)load_file(full_path(directory, files->path), "");
    }
}

}  // namespace

Result<void> load_module_step(const LoadModule& step) {
    if (is_loaded(normal_module_name(step.name))) return {};
    const std::string directory = module_directory();
    const MappedFile dependencies(concat({directory, "/modules.dep"}));
    const std::optional<ModuleFiles> files = find_module(dependencies.text(), step.name);
    if (!files) {
        const MappedFile builtin(concat({directory, "/modules.builtin"}));
        if (is_builtin_module(builtin.text(), step.name)) return {};
        return missing(step, directory, dependencies);
    }
    load_soft_dependencies(directory, step.name);
    for (const std::string& path : files->dependencies) {
        if (is_loaded(normal_module_name(path))) continue;
        if (const auto loaded = load_file(full_path(directory, path), ""); loaded.has_error()) {
            Error error = loaded.error();
            append(error.object, {" (which ", step.name, " needs)"});
            return error;
        }
    }
    return load_file(full_path(directory, files->path), step.parameters);
}

}  // namespace plumb
