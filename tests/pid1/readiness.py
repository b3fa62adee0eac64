"""Configurations of the tests of readiness and health."""

import os

PAUSE = 'backoff = "1ms"\nmax_backoff = "1ms"\n'


def app(*words, more=""):
    """[app] with this command, in literal strings of TOML, so that what the probe expands stays as it is."""
    command = ", ".join(f"'{word}'" if "'" not in word else f'"{word}"' for word in words)
    return f"[app]\ncommand = [{command}]\n{PAUSE}{more}"


def touch(process, name="go"):
    """Makes a file in the scratch directory of a container."""
    with open(os.path.join(process.directory, name), "w"):
        pass
