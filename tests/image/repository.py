"""A repository of Debian packages that a test makes for itself, and mvimage's cache beside it: apt reads it from the disk."""

import hashlib
import subprocess

from builder import Tree, check


class Repository(Tree):
    """A Tree with repo/: packages are added as add_package() is called. Without roots, image.packages is all there is."""

    def __init__(self, image='packages = ["app"]', **more):
        super().__init__(image=image, **more)
        self.repo = self.base / "repo"
        self.repo.mkdir()
        (self.base / "sources.list").write_text(f"deb [trusted=yes] copy:{self.repo} ./\n")
        # Of apt's own settings none: this machine's may run commands after an update.
        (self.base / "apt.conf").write_text(f'Dir::Etc::sourcelist "{self.base}/sources.list";\nDir::Etc::sourceparts '
                                            '"/dev/null";\nDir::Etc::Parts "/dev/null";\nDir::Etc::main "/dev/null";\n')
        self.env = {"APT_CONFIG": str(self.base / "apt.conf"), "XDG_CACHE_HOME": str(self.base / "cache")}
        self.cache = self.base / "cache/mvimage"
        self.stanzas = []

    def configure(self, app='command = ["/bin/app"]', image="", more="", roots=""):
        self.config = self.base / "mvinit.toml"
        self.config.write_text(f'[app]\n{app}\n{more}\n[image]\ninit = "mvinit"\n{roots}\n{image}\n')

    def add_package(self, name, files, version="1.0", depends="", compress="xz", architecture="amd64"):
        tree = self.base / f"made/{name}-{version}"
        self.add(files, tree.relative_to(self.base))
        (tree / "DEBIAN").mkdir(parents=True)
        control = (f"Package: {name}\nVersion: {version}\nArchitecture: {architecture}\nMaintainer: nobody <n@example.org>\n"
                   f"Description: of a test\n") + (f"Depends: {depends}\n" if depends else "")
        (tree / "DEBIAN/control").write_text(control)
        file = self.repo / f"{name}_{version.replace(':', '%3a')}_{architecture}.deb"
        subprocess.run(["dpkg-deb", "--root-owner-group", f"-Z{compress}", "-b", tree, file], check=True, capture_output=True)
        return self.publish(file, control)

    def publish(self, file, control):
        data = file.read_bytes()
        self.stanzas.append(control + f"Filename: ./{file.name}\nSize: {len(data)}\n"
                            f"SHA256: {hashlib.sha256(data).hexdigest()}\n")
        (self.repo / "Packages").write_text("\n".join(self.stanzas))
        return file

    def add_archive(self, name, members):
        """A package file that no dpkg-deb would make: an ar archive of these members."""
        data = b"!<arch>\n"
        for member, content in members.items():
            data += f"{member:<16}{0:<12}{0:<6}{0:<6}{100644:<8}{len(content):<10}`\n".encode() + content + b"\n" * (len(content) % 2)
        file = self.repo / f"{name}_1_amd64.deb"
        file.write_bytes(data)
        return self.publish(file, f"Package: {name}\nVersion: 1\nArchitecture: amd64\n")

    def run(self, *words, code=0, env=None, wrap=(), config=None):
        return super().run(*words, code=code, env=self.env | (env or {}), wrap=wrap, config=config)

    def trees(self):
        return sorted(path.name for path in (self.cache / "packages").iterdir())


def no_network(repository):
    """From now on nothing can be fetched, and what was fetched is not looked at for its age."""
    (repository.repo).rename(repository.base / "gone")
    check(not repository.repo.exists(), "the repository is still there")
