import { spawnSync } from "node:child_process";
import { existsSync, rmSync, writeFileSync } from "node:fs";

/** What tests with real processes run, each with Debian's package; a test whose program is absent is skipped. */
const PROGRAMS = {
  "/usr/sbin/sshd": "openssh-server",
  "/usr/bin/sudo": "sudo",
  "/usr/sbin/ip": "iproute2",
  "/usr/sbin/iptables": "iptables",
  "/usr/sbin/debootstrap": "debootstrap",
  "/usr/sbin/mosquitto": "mosquitto",
  "/usr/sbin/rabbitmq-server": "rabbitmq-server",
  "/usr/bin/git": "git",
  "/usr/bin/rsync": "rsync",
  "/usr/bin/curl": "curl",
  "/usr/bin/proxychains4": "proxychains4",
  "/usr/bin/cvs": "cvs",
  "/usr/bin/ansible": "ansible-core",
  "/usr/bin/python3": "python3",
  "/usr/bin/faketime": "faketime",
  "/usr/bin/Xvfb": "xvfb",
  "/usr/bin/xauth": "xauth",
  "/usr/bin/xdpyinfo": "x11-utils",
  "/usr/bin/oathtool": "oathtool",
  "/usr/share/doc/libpam-oath": "libpam-oath",
};

/** Installs what is missing of them, or says aloud which tests go without. */
export function installPrograms() {
  const missing = Object.entries(PROGRAMS).flatMap(([path, name]) => (existsSync(path) ? [] : [name]));
  if (missing.length === 0) return;
  const what = missing.join(", ");
  const obstacle = obstacleToApt();
  if (obstacle !== undefined) {
    console.error(`tests that run real programs are skipped: ${what} missing, and ${obstacle}`);
    return;
  }
  console.error(`setting up: apt-get install ${missing.join(" ")}`);
  // What a package's scripts ask before they start a service: nothing is to listen here.
  const policy = "/usr/sbin/policy-rc.d";
  const ours = !existsSync(policy);
  if (ours) writeFileSync(policy, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  try {
    const install = ["install", "-y", "-qq", "--no-install-recommends", ...missing];
    // A fresh container has no lists yet.
    const done = apt(install) || (apt(["update", "-qq"]) && apt(install));
    if (!done) console.error(`tests that run real programs are skipped: apt-get could not install ${what}`);
  } finally {
    if (ours) rmSync(policy);
  }
}

/** Where systemd runs, a package would leave a service behind that starts at the next boot. */
function obstacleToApt() {
  if (process.getuid?.() !== 0) return "only root can install them";
  if (!existsSync("/usr/bin/apt-get")) return "there is no apt-get";
  return existsSync("/run/systemd/system") ? "a machine with systemd is left as it is" : undefined;
}

function apt(args) {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  return spawnSync("apt-get", args, { stdio: "ignore", timeout: 300_000, env }).status === 0;
}
