"""A machine without memory left: who is killed for that is told from who is killed by somebody. And a container in it,
where all are to be killed together (memory.oom.group), as some runtimes have it: its init is spared."""

import images
from guest import Guest, check, run

# The second time it is another process that the kernel kills, and the application then ends itself by SIGKILL.
SCRIPT = """PATH=/bin
for name in cat mkdir unshare; do [ -e /bin/$name ] || /bin/busybox ln -s busybox /bin/$name; done
eat='BEGIN { for (;;) a[i++] = sprintf("%4000d", i) }'
if [ ! -e /run/second ]; then
    echo >/run/second
    exec /bin/busybox awk "$eat"
fi
if [ -e /run/third ]; then
    mkdir /sys/fs/cgroup/small
    echo +memory >/sys/fs/cgroup/cgroup.subtree_control
    echo 1 >/sys/fs/cgroup/small/memory.oom.group
    echo 8M >/sys/fs/cgroup/small/memory.max
    exec unshare --pid --fork --mount --mount-proc /bin/busybox sh -c "echo 0 >/sys/fs/cgroup/small/cgroup.procs
        exec /sbin/init --container -c /etc/inner.toml"
fi
echo >/run/third
echo 1000 >/proc/self/oom_score_adj
/bin/busybox awk "$eat" &
echo 0 >/proc/self/oom_score_adj
wait
echo "the other is gone"
kill -9 $$
"""
INNER = """[app]
command = ["/bin/busybox", "sh", "-c", '''
    echo "inside: init $(cat /proc/1/oom_score_adj), application $(cat /proc/self/oom_score_adj)"
    exec /bin/busybox awk "BEGIN { for (;;) a[i++] = sprintf(\\"%4000d\\", i) }"
''']
backoff = "10ms"
max_backoff = "10ms"
[control]
enabled = false
"""


def out_of_memory():
    """the console names the kernel's log, which names the victim; another victim does not count; a container's init lives"""
    with images.shell(SCRIPT, files={"etc/inner.toml": INNER}) as image, Guest(image, memory=128) as guest:
        guest.expect(r"application was killed by SIGKILL: out of memory \(the kernel's log\) after .*restarting")
        guest.expect(r"^the other is gone")
        guest.expect(r"application was killed by SIGKILL after")
        check(guest.text.count("application was killed by SIGKILL: out of memory") == 1, "told twice")
        for _ in range(3):
            guest.expect(r"^inside: init -?\d+, application 0")
            guest.expect(r"application was killed by SIGKILL: out of memory \(cgroup memory.events\) after .*restarting")
        check("inside: init -1000" in guest.text, "PID 1 of the container is not spared")
        guest.power_button()
        guest.expect_end("poweroff")


run(out_of_memory)
