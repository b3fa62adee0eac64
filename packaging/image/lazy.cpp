#include "packaging/image/lazy.hpp"

#include <algorithm>

namespace image {
namespace {

constexpr std::string_view name_calls[] = {
    "getpwnam",   "getpwnam_r",   "getpwuid",   "getpwuid_r",  "getgrnam",      "getgrnam_r",      "getgrgid",
    "getgrgid_r", "getgrouplist", "initgroups", "getaddrinfo", "gethostbyname", "gethostbyname_r", "getnameinfo"};

}  // namespace

std::vector<Lazy> lazy_table() {
    return {
        // pthread_cancel, pthread_exit and backtrace open the unwinder.
        {"sym:pthread_cancel", {"{lib}/libgcc_s.so.1"}, true, ""},
        {"sym:pthread_exit", {"{lib}/libgcc_s.so.1"}, true, ""},
        {"sym:backtrace", {"{lib}/libgcc_s.so.1"}, true, ""},
        // UTF-8, UCS-4, UTF-16 and ASCII are in glibc itself.
        {"sym:iconv_open", {"{lib}/gconv/gconv-modules*", "{lib}/gconv/gconv-modules.d/*"}, true, ""},
        {"sym:iconv_open", {"{lib}/gconv/ISO8859-1.so", "{lib}/gconv/ISO8859-15.so", "{lib}/gconv/UTF-7.so"}, true, ""},
        {"sym:iconv_open", {"{lib}/gconv/*.so"}, false, ""},
        {"sym:getservbyname", {"/etc/services"}, true, ""},
        {"sym:getprotobyname", {"/etc/protocols"}, true, ""},
        {"libcrypto.so.*", {"{lib}/ossl-modules/*.so"}, false, ""},
        {"libcrypto.so.*", {"/etc/ssl/openssl.cnf", "/usr/lib/ssl/openssl.cnf"}, true, ""},
        {"libcurl*.so.*", {"/etc/ssl/certs/ca-certificates.crt"}, true, ""},
        {"libmagic.so.*", {"/usr/lib/file/magic.mgc", "/usr/share/misc/magic.mgc"}, true, ""},
        {"libsasl2.so.*", {"{lib}/sasl2/*.so*"}, true, ""},
        // Parts of its own library that Debian's Node.js keeps as files.
        {"libnode.so.*",
         {"/usr/share/nodejs/acorn/dist/acorn.js", "/usr/share/nodejs/acorn-walk/dist/walk.js",
          "/usr/share/nodejs/cjs-module-lexer/lexer.js", "/usr/share/nodejs/cjs-module-lexer/dist/lexer.js",
          "/usr/share/nodejs/undici/undici-fetch.js"},
         true,
         ""},
        // Their own libraries: sys.path and @INC as Debian has them.
        {"/usr/bin/python3.*",
         {"/usr/lib/{name}", "/usr/lib/python3/dist-packages", "/usr/local/lib/{name}/dist-packages"},
         true,
         ""},
        {"/usr/bin/perl",
         {"/etc/perl", "/usr/lib/*-linux-*/perl-base", "/usr/lib/*-linux-*/perl/5.*", "/usr/lib/*-linux-*/perl5",
          "/usr/share/perl/5.*", "/usr/share/perl5"},
         true,
         ""},
    };
}

bool triggers(const Lazy& lazy, const std::string& path, const Strings& imports) {
    if (lazy.trigger.starts_with("sym:"))
        return std::find(imports.begin(), imports.end(), lazy.trigger.substr(4)) != imports.end();
    return matches(lazy.trigger, lazy.trigger.starts_with('/') ? path : base_of(path));
}

bool looks_up_names(const Strings& imports) {
    return std::any_of(imports.begin(), imports.end(), [](const std::string& each) {
        return std::find(std::begin(name_calls), std::end(name_calls), each) != std::end(name_calls);
    });
}

}  // namespace image
