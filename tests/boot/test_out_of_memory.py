"""A machine without memory left: who is killed for that is told from who is killed by somebody."""

import images
from guest import Guest, check, run

# The second time it is another process that the kernel kills, and the application then ends itself by SIGKILL.
SCRIPT = """eat='BEGIN { for (;;) a[i++] = sprintf("%4000d", i) }'
if [ ! -e /run/second ]; then
    echo >/run/second
    exec /bin/busybox awk "$eat"
fi
echo 1000 >/proc/self/oom_score_adj
/bin/busybox awk "$eat" &
echo 0 >/proc/self/oom_score_adj
wait
echo "the other is gone"
kill -9 $$
"""


def out_of_memory():
    """the console names the kernel's log, which names the victim; another victim does not count"""
    with images.shell(SCRIPT) as image, Guest(image, memory=128) as guest:
        guest.expect(r"application was killed by SIGKILL: out of memory \(the kernel's log\) after .*restarting")
        guest.expect(r"^the other is gone")
        guest.expect(r"application was killed by SIGKILL after")
        check(guest.text.count("application was killed by SIGKILL: out of memory") == 1, "told twice")
        guest.power_button()
        guest.expect_end("poweroff")


run(out_of_memory)
