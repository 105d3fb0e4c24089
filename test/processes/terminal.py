"""A terminal for one program: `terminal.py ROWS COLUMNS PROGRAM ARGUMENT...`.

What the program draws goes to standard output, byte for byte. Lines on standard input are words to the terminal:
`size ROWS COLUMNS` (the kernel then sends SIGWINCH), `type HEX` (bytes as from its keyboard), `continue` (what Ctrl-Z has stopped), `hang-up`. Ends with the
program's own status, or 128 and the number of the signal that ended it.
"""
import fcntl, os, pty, select, signal, struct, sys, termios


def resize(fd, rows, columns):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", int(rows), int(columns), 0, 0))


def obey(line):
    global master
    word, *rest = line.split()
    if word == "size":
        resize(master, *rest)
    elif word == "type":
        os.write(master, bytes.fromhex(rest[0]))
    elif word == "continue":
        os.kill(pid, signal.SIGCONT)
    elif word == "hang-up":
        os.close(master)
        master = None


pid, master = pty.fork()
if pid == 0:
    resize(0, sys.argv[1], sys.argv[2])
    os.execvp(sys.argv[3], sys.argv[3:])

words, asked = b"", True
while master is not None:
    ready, _, _ = select.select([master] + ([0] if asked else []), [], [])
    if master in ready:
        try:
            drawn = os.read(master, 65536)
        except OSError:  # EIO: nobody holds the other side any more
            drawn = b""
        if drawn == b"":
            break
        sys.stdout.buffer.write(drawn)
        sys.stdout.buffer.flush()
    if 0 in ready:
        more = os.read(0, 4096)
        asked = more != b""
        words += more
        while b"\n" in words and master is not None:
            line, words = words.split(b"\n", 1)
            obey(line.decode())

_, status = os.waitpid(pid, 0)
sys.exit(os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status))
