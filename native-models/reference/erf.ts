/** erf to double precision: Maclaurin series for small arguments, Lentz's continued fraction of erfc beyond. */
export function erf(x: number): number {
  const magnitude = Math.abs(x);
  return Math.sign(x) * (magnitude < 2.5 ? series(magnitude) : 1 - complement(magnitude));
}

/** 2/sqrt(pi) sum (-1)^n x^(2n+1) / (n! (2n+1)), in the form without alternating signs (Abramowitz and Stegun 7.1.6). */
function series(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; term > sum * 1e-17 && n < 200; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

/** erfc for x >= 2.5 (Abramowitz and Stegun 7.1.14), evaluated from the far end. */
function complement(x: number): number {
  let fraction = x;
  for (let n = 120; n >= 1; n--) fraction = x + n / 2 / fraction;
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / fraction;
}
