/**
 * The quantile function of the standard normal distribution, computed with + - * / and sqrt only. Unlike Math.log and
 * Math.cos, these operations give the same bits on every IEEE machine and in every engine. So a seed gives the same
 * weights everywhere. The algorithm is Wichura's AS 241 (PPND16, 1988), with an error of about 1e-15. Its third branch,
 * for probabilities below 1.4e-11, cannot be reached from 32 random bits.
 */

/** This constant is the same in every engine: the double that is nearest to ln 2. */
const { LN2 } = Math;

/** The powers 2^-1 to 2^31. */
const POWERS = Float64Array.from({ length: 33 }, (_, i) => 2 ** (i - 1));

/** The normal quantile of (bits + 1/2) / 2^32, for an unsigned 32-bit integer. It is within ±6.34. */
export function normalFromBits(bits: number): number {
  const q = (bits - 2147483647.5) / 4294967296;
  if (q >= -0.425 && q <= 0.425) {
    const r = 0.180625 - q * q;
    const above = polynomial(
      r,
      3.3871328727963665,
      133.14166789178438,
      1971.5909503065513,
      13731.69376550946,
      45921.95393154987,
      67265.7709270087,
      33430.57558358813,
      2509.0809287301227,
    );
    const below = polynomial(
      r,
      1,
      42.31333070160091,
      687.1870074920579,
      5394.196021424751,
      21213.794301586597,
      39307.89580009271,
      28729.085735721943,
      5226.495278852854,
    );
    return (q * above) / below;
  }
  const tail = Math.sqrt(minusLog(q < 0 ? bits : ~bits >>> 0)) - 1.6;
  const above = polynomial(
    tail,
    1.4234371107496835,
    4.630337846156546,
    5.769497221460691,
    3.6478483247632045,
    1.2704582524523684,
    0.2417807251774506,
    0.022723844989269184,
    0.0007745450142783414,
  );
  const below = polynomial(
    tail,
    1,
    2.053191626637759,
    1.6763848301838038,
    0.6897673349851,
    0.14810397642748008,
    0.015198666563616457,
    0.0005475938084995345,
    1.0507500716444169e-9,
  );
  return q < 0 ? -above / below : above / below;
}

/** Computes a + b x + ... + h x^7, without a loop because it runs tens of millions of times. */
function polynomial(
  x: number,
  a: number,
  b: number,
  c: number,
  d: number,
  e: number,
  f: number,
  g: number,
  h: number,
): number {
  return ((((((h * x + g) * x + f) * x + e) * x + d) * x + c) * x + b) * x + a;
}

/** Computes -ln((bits + 1/2) / 2^32), by ln m = 2 atanh((m - 1) / (m + 1)) on the mantissa. */
function minusLog(bits: number): number {
  let exponent = 31 - Math.clz32(bits);
  let mantissa = (bits + 0.5) / POWERS[exponent + 1]!;
  if (mantissa > 1.5) {
    mantissa /= 2;
    exponent += 1;
  }
  const z = (mantissa - 1) / (mantissa + 1);
  const s = z * z;
  // z is at most 1/5, so the omitted terms are below 1e-12.
  const series =
    1 + s * (1 / 3 + s * (1 / 5 + s * (1 / 7 + s * (1 / 9 + s * (1 / 11 + s * (1 / 13 + s / 15))))));
  return (32 - exponent) * LN2 - 2 * z * series;
}
