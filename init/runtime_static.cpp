// What the C++ library calls when it cannot go on. Ours says so and aborts: the library's own would throw, and with
// that come the unwinder, the demangler, the wide and the copy-on-write strings and every locale into a program that is
// compiled without exceptions. Linked into the static program only, where a library's archive member is left out
// when its symbols are there already.
#include <cstdarg>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <memory>
#include <mutex>
#include <new>
#include <signal.h>
#include <unistd.h>

namespace {

[[noreturn]] void give_up(const char* why) {
    const char* const parts[] = {"mvinit: fatal: ", why, "\n"};
    for (const char* part : parts)
        if (write(STDERR_FILENO, part, std::strlen(part)) < 0) break;
    std::abort();
}

void* allocate(std::size_t size) {
    if (void* memory = std::malloc(size != 0 ? size : 1)) return memory;
    give_up("out of memory: give the machine more, or its application less");
}

}  // namespace

void* operator new(std::size_t size) {
    return allocate(size);
}
void* operator new[](std::size_t size) {
    return allocate(size);
}
void* operator new(std::size_t size, const std::nothrow_t& /*tag*/) noexcept {
    return std::malloc(size);
}
void* operator new[](std::size_t size, const std::nothrow_t& /*tag*/) noexcept {
    return std::malloc(size);
}
void operator delete(void* memory) noexcept {
    std::free(memory);
}
void operator delete[](void* memory) noexcept {
    std::free(memory);
}
void operator delete(void* memory, std::size_t /*size*/) noexcept {
    std::free(memory);
}
void operator delete[](void* memory, std::size_t /*size*/) noexcept {
    std::free(memory);
}
void operator delete(void* memory, std::align_val_t /*alignment*/) noexcept {
    std::free(memory);
}
void operator delete(void* memory, std::size_t /*size*/, std::align_val_t /*alignment*/) noexcept {
    std::free(memory);
}
void operator delete(void* memory, const std::nothrow_t& /*tag*/) noexcept {
    std::free(memory);
}

void* operator new(std::size_t size, std::align_val_t alignment) {
    const auto step = static_cast<std::size_t>(alignment);
    if (void* memory = std::aligned_alloc(step, (size + step - 1) / step * step)) return memory;
    give_up("out of memory: give the machine more, or its application less");
}
void* operator new(std::size_t size, std::align_val_t alignment, const std::nothrow_t& /*tag*/) noexcept {
    const auto step = static_cast<std::size_t>(alignment);
    return std::aligned_alloc(step, (size + step - 1) / step * step);
}

// Function-local statics, in one thread: a flag is all it takes.
extern "C" int __cxa_guard_acquire(char* guard) {
    return *guard == 0 ? 1 : 0;
}
extern "C" void __cxa_guard_release(char* guard) {
    *guard = 1;
}
extern "C" void __cxa_guard_abort(char* /*guard*/) {}

extern "C" [[noreturn]] void __cxa_pure_virtual() {
    give_up("pure virtual function called");
}

#ifndef __GLIBC__
// Boost words the names of its own errors with it, which nobody reads here; the library's brings floating point and
// wide characters with it.
extern "C" int vsnprintf(char* text, std::size_t size, const char* format, va_list /*arguments*/) {
    if (size == 0) return 0;
    const std::size_t length = strnlen(format, size - 1);
    std::memcpy(text, format, length);
    text[length] = 0;
    return static_cast<int>(length);
}
#endif

// The frames of the library's own objects name these; nothing is ever thrown that could call them.
extern "C" [[noreturn]] void __gxx_personality_v0() {
    give_up("exception thrown");
}
extern "C" [[noreturn]] void* __cxa_begin_catch(void* /*exception*/) {
    give_up("exception caught");
}
extern "C" void __cxa_end_catch() {}
extern "C" [[noreturn]] void __cxa_rethrow() {
    give_up("exception thrown again");
}
extern "C" [[noreturn]] void* __cxa_allocate_exception(std::size_t /*size*/) {
    give_up("exception made");
}
extern "C" void __cxa_free_exception(void* /*exception*/) {}
extern "C" [[noreturn]] void __cxa_throw(void* /*exception*/, void* /*type*/, void (* /*destructor*/)(void*)) {
    give_up("exception thrown");
}

#ifdef __GLIBCXX__
namespace __gnu_cxx {
void __verbose_terminate_handler() {
    give_up("terminate was called");
}
}  // namespace __gnu_cxx
namespace __cxxabiv1 {
[[noreturn]] static void terminated() {
    give_up("terminate was called");
}
// In the library this points to a handler that demangles the exception's name and prints it.
extern std::terminate_handler __terminate_handler;
std::terminate_handler __terminate_handler = terminated;
}  // namespace __cxxabiv1

// How shared_ptr, compiled without RTTI, asks a library compiled with it: there is no such pointer here.
bool std::_Sp_make_shared_tag::_S_eq(const std::type_info& /*type*/) noexcept {
    return false;
}

namespace std {
// NOLINTBEGIN(cert-dcl58-cpp): these are the library's own hooks, declared by it.
[[noreturn]] void __throw_bad_alloc() {
    give_up("out of memory");
}
[[noreturn]] void __throw_bad_array_new_length() {
    give_up("out of memory");
}
[[noreturn]] void __throw_bad_cast() {
    give_up("bad cast");
}
[[noreturn]] void __throw_bad_function_call() {
    give_up("empty function called");
}
[[noreturn]] void __throw_length_error(const char* what) {
    give_up(what);
}
[[noreturn]] void __throw_logic_error(const char* what) {
    give_up(what);
}
[[noreturn]] void __throw_invalid_argument(const char* what) {
    give_up(what);
}
[[noreturn]] void __throw_out_of_range(const char* what) {
    give_up(what);
}
[[noreturn]] void __throw_out_of_range_fmt(const char* what, ...) {
    give_up(what);
}
[[noreturn]] void __throw_runtime_error(const char* what) {
    give_up(what);
}
[[noreturn]] void __throw_system_error(int /*error*/) {
    give_up("system error");
}
// NOLINTEND(cert-dcl58-cpp)
}  // namespace std
#elif defined(_LIBCPP_VERSION)
namespace std {
// NOLINTBEGIN(cert-dcl58-cpp)
[[noreturn]] void __libcpp_verbose_abort(const char* format, ...) {
    give_up(format);
}

// There is one thread, so there is nothing to lock; the library's own brings condition variables, futures and
// thread-local storage with it.
[[noreturn]] void terminate() noexcept {
    give_up("terminate was called");
}
inline namespace __1 {
[[noreturn]] void __libcpp_verbose_abort(const char* format, ...) {
    give_up(format);
}
void mutex::lock() {}
bool mutex::try_lock() noexcept {
    return true;
}
void mutex::unlock() noexcept {}
mutex::~mutex() noexcept {}
}  // namespace __1
// NOLINTEND(cert-dcl58-cpp)
}  // namespace std
#endif
