# Debian packages for packaging/setup: installed on this machine, or only unpacked into build/cache.
# shellcheck shell=bash
# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

apt_updated=

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        die "run '$*': root is needed and there is no sudo; run packaging/setup as root once"
    fi
}

# Once a run at most. One unreachable foreign repository must not stop us: whether the package that we want can be
# had is found out by asking for it.
update_lists() {
    [ -z "$apt_updated" ] || return 0
    apt_updated=yes
    say "apt: fetching the package lists"
    logged apt-update as_root apt-get -q update || warn "apt-get update had errors (see above); going on"
}

is_installed() {
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

host_architecture() { dpkg --print-architecture; }

# install_packages WHY PACKAGE...
install_packages() {
    local why=$1 package missing=()
    shift
    for package in "$@"; do
        is_installed "$package" || missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    say "apt: installing $why: ${missing[*]}"
    apt_install "${missing[@]}" && return
    update_lists
    logged apt-install apt_install_command "${missing[@]}" ||
        die "install ${missing[*]}: see above; is the package registry reached?"
}

apt_install_command() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -y -q -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300 \
        install --no-install-recommends "$@"
}

# The first try, with the lists as they are; on a bare machine there are none, which is no error yet.
apt_install() {
    apt-cache show "$@" >/dev/null 2>&1 || return 1
    mkdir -p "$mvinit_build/log"
    apt_install_command "$@" >"$mvinit_build/log/apt-install.log" 2>&1 </dev/null
}

# A private view of Debian's packages, of any architecture and with nothing installed: an answer here does not depend
# on what this machine has, and its dpkg is told of no foreign architecture. Needs no root. "apt-get download" as
# root drops to the user _apt, who cannot write here: hence Sandbox::User.
private_apt() {
    local architecture=$1 command=$2 home=$mvinit_cache/apt-$1
    shift 2
    "$command" -q -o APT::Architecture="$architecture" -o APT::Architectures="$architecture" \
        -o Dir::State="$home/state" -o Dir::State::status="$home/status" -o Dir::Cache="$home/cache" \
        -o Dir::Etc::sourcelist="$home/sources.list" -o Dir::Etc::sourceparts=/dev/null -o Dir::Etc::preferencesparts=/dev/null \
        -o Dir::Etc::preferences=/dev/null -o APT::Sandbox::User="$(id -un)" -o Debug::NoLocking=true \
        -o APT::Install-Recommends=false "$@"
}

# The mirrors are those that this machine's own apt uses for Debian, not any other repository it may have.
private_sources() {
    local keyring=/usr/share/keyrings/debian-archive-keyring.gpg option=
    [ ! -f "$keyring" ] || option="[signed-by=$keyring] "
    apt-get indextargets --format "deb $option\$(REPO_URI) \$(RELEASE) \$(COMPONENT)" \
        'Created-By: Packages' 'Origin: Debian' | sort -u
}

# A repository whose lists were never fetched, a new machine's security updates say, is not told of by indextargets:
# the lists have to be newer than the sources, and less than a day old. By the time of change: that of modification is
# the mirror's.
lacks_lists() {
    local fetched changed
    fetched=$(newest_change "/var/lib/apt/lists/*Packages*")
    changed=$(newest_change "/etc/apt/sources.list /etc/apt/sources.list.d/*")
    [ "$fetched" -lt "$changed" ] || [ "$fetched" -lt $(($(date +%s) - 86400)) ]
}

# newest_change PATTERNS: seconds since 1970, 0 where no file fits.
newest_change() {
    # shellcheck disable=SC2086 # the patterns are to be expanded
    { echo 0; stat -c %Z $1 2>/dev/null || true; } | sort -n | tail -n 1
}

# prepare_private_apt ARCHITECTURE: its lists, at most a day old.
prepare_private_apt() {
    local architecture=$1 home=$mvinit_cache/apt-$1 sources
    if [ -n "$(find "$home/updated" -mtime -1 2>/dev/null)" ]; then return; fi
    if lacks_lists; then (update_lists) || warn "going on with the package lists as they are"; fi
    sources=$(private_sources)
    [ -n "$sources" ] || die "read Debian's package lists: apt knows no repository of Debian; see /etc/apt/sources.list.d"
    mkdir -p "$home/state/lists/partial" "$home/cache/archives/partial" "$mvinit_cache/debs"
    : >"$home/status"
    printf '%s\n' "$sources" >"$home/sources.list"
    say "apt: fetching Debian's $architecture package lists into $home"
    logged "apt-$architecture" private_apt "$architecture" apt-get update || return 1
    touch "$home/updated"
}

# download_debs ARCHITECTURE FILES-VARIABLE NAME=VERSION...: fills the array with paths of .deb files.
download_debs() {
    local architecture=$1 package missing=()
    local -n files=$2
    shift 2
    cd "$mvinit_cache/debs" || return 1
    for package in "$@"; do
        compgen -G "$(deb_pattern "$package")" >/dev/null || missing+=("$package")
    done
    [ ${#missing[@]} = 0 ] || logged apt-download private_apt "$architecture" apt-get download "${missing[@]}" || return 1
    files=()
    for package in "$@"; do mapfile -t -O ${#files[@]} files < <(compgen -G "$PWD/$(deb_pattern "$package")"); done
    cd "$mvinit_root" || return 1
}

# The file that "apt-get download NAME=VERSION" leaves: the version's colon is escaped.
deb_pattern() {
    local version=${1#*=}
    printf '%s_%s_*.deb' "${1%%=*}" "${version//:/%3a}"
}

# unpack_debs TREE FILE...: all or nothing, so that a half-unpacked tree is never taken for a whole one.
unpack_debs() {
    local tree=$1 file
    shift
    rm -rf "$tree" "$tree.new"
    mkdir -p "$tree.new"
    for file in "$@"; do dpkg-deb -x "$file" "$tree.new" || return 1; done
    mv "$tree.new" "$tree"
}

# fetch_tree NAME ARCHITECTURE KEEP PACKAGE...: the packages and those they depend on (for as far as their names match
# the regular expression KEEP) unpacked into build/cache/NAME.
fetch_tree() {
    local architecture=$2 keep=$3 tree=$mvinit_build/cache/$1 package packages=() debs
    shift 3
    [ ! -d "$tree" ] || return 0
    prepare_private_apt "$architecture" || die "fetch $*: no package lists for $architecture"
    say "apt: unpacking $* and the libraries it needs into ${tree#"$mvinit_root"/} (not installed)"
    for package in $(list_closure "$architecture" "$@"); do
        [[ ! ${package%%=*} =~ $keep ]] || packages+=("$package")
    done
    [ ${#packages[@]} -gt 0 ] || die "fetch $*: Debian's lists for $architecture do not have it"
    download_debs "$architecture" debs "${packages[@]}" || die "download ${packages[*]}: see above"
    unpack_debs "$tree" "${debs[@]}" || die "unpack ${debs[*]}: see above; remove those files to fetch them again"
}

# NAME=VERSION of everything that installing these on an empty machine would bring.
list_closure() {
    local architecture=$1
    shift
    private_apt "$architecture" apt-get --simulate install "$@" | sed -n 's/^Inst \([^ :]*\)[^ ]* (\([^ ]*\) .*/\1=\2/p'
}

# The signed package behind the metapackage; the -unsigned one only where there is no other.
kernel_package() {
    local architecture=$1 metapackage=$2 names
    names=$(private_apt "$architecture" apt-cache depends --important "$metapackage" |
        sed -n 's/.*Depends: <\?\(linux-image-[0-9][^ >]*\)>\?$/\1/p')
    grep -v -e '-unsigned$' <<<"$names" || head -n 1 <<<"$names"
}

# fetch_kernel NAME ARCHITECTURE METAPACKAGE: the kernel it stands for, unpacked into build/cache/NAME.
fetch_kernel() {
    local architecture=$2 metapackage=$3 tree=$mvinit_build/cache/$1 package version debs
    [ ! -d "$tree" ] || return 0
    prepare_private_apt "$architecture" || die "fetch $metapackage: no package lists for $architecture"
    package=$(kernel_package "$architecture" "$metapackage" | head -n 1)
    [ -n "$package" ] || die "fetch $metapackage: Debian's lists for $architecture do not have it"
    version=$(private_apt "$architecture" apt-cache show --no-all-versions "$package" | sed -n 's/^Version: //p')
    say "apt: unpacking $package $version into ${tree#"$mvinit_root"/} (not installed)"
    download_debs "$architecture" debs "$package=$version" || die "download $package: see above"
    unpack_debs "$tree" "${debs[@]}" || die "unpack ${debs[*]}: see above; remove those files to fetch them again"
}
