/** The two numbers of an RSA public key. */
export interface RsaNumbers {
  readonly modulus: bigint;
  readonly exponent: bigint;
}

/** OpenSSH and OpenSSL read no larger ones. */
const MOST_BITS = 16_384;
/** Below this, the number of bits alone says that the key is broken; realm.yaml asks for more. */
const LEAST_BITS = 1024;
const LEAST_EXPONENT = 65_537n;
/** OpenSSL takes no larger exponent for moduli over 3,072 bits, and a large one only slows verifiers down. */
const MOST_EXPONENT = 2n ** 64n;

/** What makes an RSA key unsound whatever its size; the size that a realm asks for is its key policy's. */
export function rsaProblem({ modulus, exponent }: RsaNumbers): string | undefined {
  const bits = modulus.toString(2).length;
  if (bits < LEAST_BITS)
    return `has an RSA modulus of ${bits} bits; ${LEAST_BITS} at least to be read at all`;
  if (bits > MOST_BITS) return `has an RSA modulus of ${bits} bits; ${MOST_BITS} at most`;
  if (exponent < LEAST_EXPONENT) return `has the RSA exponent ${exponent}; 65537 or more`;
  if (exponent % 2n === 0n) return `has the even RSA exponent ${exponent}; use 65537`;
  if (exponent >= MOST_EXPONENT) return "has an RSA exponent of more than 64 bits; use 65537";
  const factor = smallFactor(modulus);
  if (factor !== undefined) return `has an RSA modulus that ${factor} divides`;
  if (isSquare(modulus)) return "has an RSA modulus that is a square";
  if (isRoca(modulus)) return "has an RSA modulus of the ROCA kind (CVE-2017-15361), which can be factored";
  return undefined;
}

/** Primes below 752: SP 800-89, section 5.3.3, asks that none of them divides a modulus. */
const PRIMES: readonly number[] = Array.from({ length: 750 }, (_, i) => i + 2).filter(
  (n) => !Array.from({ length: Math.floor(Math.sqrt(n)) - 1 }, (_, i) => i + 2).some((d) => n % d === 0),
);

/** The primes multiplied into groups that fit a double: one division of the modulus serves several of them. */
const GROUPS: readonly { readonly product: number; readonly primes: readonly number[] }[] = grouped(PRIMES);

function grouped(primes: readonly number[]) {
  const groups: { product: number; primes: number[] }[] = [];
  for (const prime of primes) {
    const last = groups.at(-1);
    if (last === undefined || last.product * prime > Number.MAX_SAFE_INTEGER)
      groups.push({ product: prime, primes: [prime] });
    else {
      last.product *= prime;
      last.primes.push(prime);
    }
  }
  return groups;
}

function smallFactor(modulus: bigint): number | undefined {
  for (const { product, primes } of GROUPS) {
    const rest = Number(modulus % BigInt(product));
    const factor = primes.find((prime) => rest % prime === 0);
    if (factor !== undefined) return factor;
  }
  return undefined;
}

/** Newton's integer square root. */
function isSquare(n: bigint): boolean {
  // Squares are 0, 1, 4 or 9 modulo 16: this spares most moduli the root.
  if (n % 16n !== 1n && n % 16n !== 9n) return false;
  let root = 1n << BigInt((n.toString(2).length + 1) >> 1);
  for (;;) {
    const next = (root + n / root) >> 1n;
    if (next >= root) return root * root === n;
    root = next;
  }
}

/**
 * Infineon's library made primes k·M + 65537^a mod M, M a product of small primes: so every such modulus is a power
 * of 65537 modulo each of them (Nemec et al., CCS 2017). An honest modulus is that by a chance below 2^-27.
 */
const ROCA_POWERS: readonly { readonly prime: number; readonly powers: ReadonlySet<number> }[] =
  PRIMES.filter((prime) => prime > 2 && prime <= 167).map((prime) => {
    const powers = new Set<number>();
    for (let power = 1; !powers.has(power); power = (power * 65_537) % prime) powers.add(power);
    return { prime, powers };
  });

const isRoca = (modulus: bigint): boolean =>
  ROCA_POWERS.every(({ prime, powers }) => powers.has(Number(modulus % BigInt(prime))));
