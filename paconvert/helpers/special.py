"""torch.special where Paddle has no function, computed in float64."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import paddle

from paconvert.helpers.dtype import default_dtype, promoted


def as_float(input: Any) -> Any:
    """Integers as the default floating point dtype."""
    return input if input.is_floating_point() else input.astype(default_dtype())


def in_float64(function: Callable[[Any], Any], input: Any) -> Any:
    """`function` of the input in float64, given back in the input's floating point dtype; NaN stays NaN."""
    x = as_float(input)
    return paddle.where(paddle.isnan(x), x, function(x.astype("float64")).astype(x.dtype))


def entr(input: Any) -> Any:
    """torch.special.entr: -x log(x)."""
    x = as_float(input)
    positive = x > 0
    safe = paddle.where(positive, x, paddle.ones_like(x))
    result = paddle.where(x == 0, paddle.zeros_like(x), paddle.full_like(x, float("-inf")))
    result = paddle.where(positive, -safe * safe.log(), result)
    return paddle.where(paddle.isnan(x), x, result)


def ndtr(input: Any) -> Any:
    """torch.special.ndtr: the distribution function of the standard normal."""
    return in_float64(lambda x: 0.5 * erfcx_product(-x * math.sqrt(0.5)), input)


def erfcx_product(x: Any) -> Any:
    """erfc, without cancellation for large arguments."""
    large = x > 0.5
    safe = paddle.where(large, x, paddle.ones_like(x))
    return paddle.where(large, erfcx_positive(safe) * paddle.exp(-safe * safe), 1 - paddle.erf(x))


def erfcx_positive(x: Any) -> Any:
    """exp(x²) erfc(x) for positive x, by integration of exp(-t²-2xt) 2/√π over t."""
    nodes, weights = np.polynomial.legendre.leggauss(80)
    x = x.clip(max=1e150)  # of infinity, too, the end is a number
    # The integrand ends where t² + 2xt is about 40.
    end = 40.0 / (x + (x * x + 40.0).sqrt())
    total: Any = 0
    for node, weight in zip(nodes.tolist(), weights.tolist(), strict=True):
        t = end * (0.5 * (node + 1))
        total = total + weight * paddle.exp(-t * t - 2 * x * t)
    return total * end * (1 / math.sqrt(math.pi))


def erfcx(input: Any) -> Any:
    """torch.special.erfcx: exp(x²) erfc(x)."""

    def compute(x: Any) -> Any:
        positive = x > 0
        inner = erfcx_positive(paddle.where(positive, x, paddle.ones_like(x)))
        negative = paddle.where(positive, paddle.zeros_like(x), x)
        return paddle.where(positive, inner, paddle.exp(negative * negative) * (1 - paddle.erf(negative)))

    return in_float64(compute, input)


def log_ndtr(input: Any) -> Any:
    """torch.special.log_ndtr: the logarithm of the distribution function of the standard normal."""

    def compute(x: Any) -> Any:
        low = x < -1
        safe = paddle.where(low, -x, paddle.ones_like(x)) * math.sqrt(0.5)
        tail = (erfcx_positive(safe) * 0.5).log() - safe * safe
        inner = paddle.where(low, paddle.zeros_like(x), x)
        return paddle.where(low, tail, paddle.log1p(-0.5 * erfcx_product(inner * math.sqrt(0.5))))

    return in_float64(compute, input)


def ndtri(input: Any) -> Any:
    """torch.special.ndtri: the inverse of the distribution function of the standard normal."""

    def compute(p: Any) -> Any:
        lower = paddle.minimum(p, 1 - p)
        small = lower < 1e-3
        middle = math.sqrt(2.0) * paddle.erfinv(2 * paddle.where(small, paddle.full_like(p, 0.5), p) - 1)
        # In the tails: Newton's method on the logarithm, from the leading asymptotic term.
        tail = paddle.where(small & (lower > 0), lower, paddle.full_like(p, 1e-4))
        goal = tail.log()
        x = -(-2 * goal - (-2 * goal * 2 * math.pi).log()).clip(min=1.0).sqrt()
        for _ in range(8):
            value = log_ndtr(x)
            slope = paddle.exp(-0.5 * x * x - value) / math.sqrt(2 * math.pi)
            x = x - (value - goal) / slope
        x = paddle.where(p > 0.5, -x, x)
        result = paddle.where(small, x, middle)
        result = paddle.where(p <= 0, paddle.full_like(p, float("-inf")), result)
        result = paddle.where(p >= 1, paddle.full_like(p, float("inf")), result)
        return paddle.where((p < 0) | (p > 1), paddle.full_like(p, float("nan")), result)

    return in_float64(compute, input)


def xlog1py(input: Any, other: Any) -> Any:
    """torch.special.xlog1py: x log(1 + y), and 0 where x is 0."""
    x, y = promoted(input, other)
    x, y = as_float(x), as_float(y)
    zero = x == 0
    safe = paddle.where(zero, paddle.zeros_like(y), y)
    result = paddle.where(zero, paddle.zeros_like(x * y), x * paddle.log1p(safe))
    return paddle.where(paddle.isnan(y).expand(result.shape), paddle.full_like(result, float("nan")), result)


def zeta(input: Any, other: Any) -> Any:
    """torch.special.zeta: the Hurwitz zeta function, by the Euler-Maclaurin formula."""
    x, q = promoted(input, other)
    x, q = as_float(x), as_float(q)
    dtype = x.dtype
    x, q = (value.astype("float64") for value in (x, q))
    count = 12
    total: Any = 0
    for step in range(count):
        total = total + (q + step) ** -x
    end = q + count
    total = total + end ** (1 - x) / (x - 1) + 0.5 * end**-x
    factor = x * end ** (-x - 1)
    # Bernoulli numbers over factorials.
    ratios = [1 / 12, -1 / 720, 1 / 30240, -1 / 1209600, 1 / 47900160, -691 / 1307674368000]
    for order, ratio in enumerate(ratios):
        total = total + ratio * factor
        factor = factor * (x + 2 * order + 1) * (x + 2 * order + 2) / (end * end)
    total = paddle.where(x == 1, paddle.full_like(total, float("inf")), total)
    poles = (q <= 0) & (q == q.floor())
    total = paddle.where(poles, paddle.full_like(total, float("inf")), total)
    outside = (x < 1) | ((q <= 0) & ~poles & (x != x.floor()))
    return paddle.where(outside, paddle.full_like(total, float("nan")), total).astype(dtype)


def bessel_integral(order: int, x: Any) -> Any:
    """J_order for |x| up to 30: the mean of cos(order t - x sin t) over a period."""
    count = 128
    total: Any = 0
    for index in range(count):
        t = 2 * math.pi * (index + 0.5) / count
        total = total + paddle.cos(order * t - x * math.sin(t))
    return total / count


def bessel_tail(order: int, x: Any) -> tuple[Any, Any]:
    """J_order and Y_order for large positive x, by Hankel's expansion."""
    mu = 4 * order * order
    p: Any = paddle.ones_like(x)
    q: Any = paddle.zeros_like(x)
    term: Any = paddle.ones_like(x)
    for k in range(1, 21):
        term = term * ((mu - (2 * k - 1) ** 2) / k) / (8 * x)
        sign = 1 if k % 4 in (0, 1) else -1
        if k % 2:
            q = q + sign * term
        else:
            p = p + sign * term
    angle = x - (order / 2 + 0.25) * math.pi
    scale = (2 / (math.pi * x)).sqrt()
    cosine, sine = paddle.cos(angle), paddle.sin(angle)
    return scale * (p * cosine - q * sine), scale * (p * sine + q * cosine)


def bessel_j(order: int, input: Any) -> Any:
    """The Bessel function of the first kind of order 0 or 1."""

    def compute(x: Any) -> Any:
        size = x.abs()
        large = size > 25
        near = bessel_integral(order, paddle.where(large, paddle.zeros_like(x), x))
        far = bessel_tail(order, paddle.where(large, size, paddle.full_like(x, 30.0)))[0]
        return paddle.where(large, far * (x.sign() if order else 1), near)

    return in_float64(compute, input)


def bessel_y(order: int, input: Any) -> Any:
    """The Bessel function of the second kind of order 0 or 1, for positive numbers."""

    def compute(x: Any) -> Any:
        large = x > 25
        inner = paddle.where(large | (x <= 0), paddle.ones_like(x), x)
        # Neumann's series over Bessel functions of the first kind.
        euler = 0.57721566490153286060
        logarithm = (inner / 2).log() + euler
        total: Any = 0
        if order == 0:
            for k in range(1, 32):
                total = total + (-1) ** k / k * bessel_integral(2 * k, inner)
            near = (2 / math.pi) * logarithm * bessel_integral(0, inner) - (4 / math.pi) * total
        else:
            lower = bessel_integral(1, inner)
            for k in range(1, 32):
                upper = bessel_integral(2 * k + 1, inner)
                total = total + (-1) ** k / k * (lower - upper)
                lower = upper
            first = logarithm * bessel_integral(1, inner) - bessel_integral(0, inner) / inner
            near = (2 / math.pi) * (first + total)
        far = bessel_tail(order, paddle.where(large, x, paddle.full_like(x, 30.0)))[1]
        result = paddle.where(large, far, near)
        result = paddle.where(x <= 0, paddle.full_like(x, float("-inf")), result)
        return paddle.where(x < 0, paddle.full_like(x, float("nan")), result)

    return in_float64(compute, input)


def bessel_j0(input: Any) -> Any:
    """torch.special.bessel_j0."""
    return bessel_j(0, input)


def bessel_j1(input: Any) -> Any:
    """torch.special.bessel_j1."""
    return bessel_j(1, input)


def bessel_y0(input: Any) -> Any:
    """torch.special.bessel_y0."""
    return bessel_y(0, input)


def bessel_y1(input: Any) -> Any:
    """torch.special.bessel_y1."""
    return bessel_y(1, input)


def spherical_bessel_j0(x: Any) -> Any:
    """torch.special.spherical_bessel_j0: sin(x) / x."""
    x = as_float(x)
    zero = x == 0
    result = paddle.sin(x) / paddle.where(zero, paddle.ones_like(x), x)
    result = paddle.where(zero, paddle.ones_like(x), result)
    return paddle.where(paddle.isinf(x), paddle.zeros_like(x), result)


def bessel_k_integral(order: float, x: Any, scaled: bool) -> Any:
    """∫ exp(-x cosh t) cosh(order t) dt over positive t, times exp(x) when `scaled`, for positive x.

    For large x, Hankel's expansion (Abramowitz and Stegun, 9.7.2).
    """
    step = 1 / 16
    near = x.clip(max=30.0)
    total: Any = 0.5 * paddle.ones_like(x)
    for index in range(1, 640):
        t = index * step
        total = total + paddle.exp(-near * (math.cosh(t) - 1)) * math.cosh(order * t)
    far = x.clip(min=30.0)
    term: Any = paddle.ones_like(x)
    tail = term
    for k in range(1, 25):
        term = term * (4 * order**2 - (2 * k - 1) ** 2) / (8 * k * far)
        tail = tail + term
    result = paddle.where(x > 30, tail * (math.pi / 2 / far).sqrt(), total * step)
    return result if scaled else result * paddle.exp(-x)


def bessel_k(order: int, input: Any, scaled: bool) -> Any:
    """The modified Bessel function of the second kind."""

    def compute(x: Any) -> Any:
        result = bessel_k_integral(order, paddle.where(x > 0, x, paddle.ones_like(x)), scaled)
        result = paddle.where(x <= 0, paddle.full_like(x, float("inf")), result)
        return paddle.where(x < 0, paddle.full_like(x, float("nan")), result)

    return in_float64(compute, input)


def modified_bessel_k0(input: Any) -> Any:
    """torch.special.modified_bessel_k0."""
    return bessel_k(0, input, scaled=False)


def modified_bessel_k1(input: Any) -> Any:
    """torch.special.modified_bessel_k1."""
    return bessel_k(1, input, scaled=False)


def scaled_modified_bessel_k0(x: Any) -> Any:
    """torch.special.scaled_modified_bessel_k0."""
    return bessel_k(0, x, scaled=True)


def scaled_modified_bessel_k1(x: Any) -> Any:
    """torch.special.scaled_modified_bessel_k1."""
    return bessel_k(1, x, scaled=True)


def polynomial(
    input: Any, n: Any, start: Callable[[Any], Any], step: Callable[[int, Any, Any, Any], Any]
) -> Any:
    """A family of polynomials by recurrence.

    Args:
        input: where they are evaluated.
        n: the degrees, a number or a tensor; a negative degree gives 0.
        start: the polynomial of degree 1.
        step: from a degree k >= 1, x, and the polynomials of degrees k and k - 1, that of degree k + 1.
    """
    x, degree = promoted(input, n)
    x = as_float(x)
    degree = degree.astype(x.dtype).trunc()
    degree, x = (value.expand(paddle.broadcast_shape(x.shape, degree.shape)) for value in (degree, x))
    result = paddle.where(degree < 0, paddle.zeros_like(x), paddle.ones_like(x))
    highest = int(degree.max().item()) if degree.size else 0
    previous, current = paddle.ones_like(x), start(x)
    for k in range(1, highest + 1):
        result = paddle.where(degree == k, current, result)
        previous, current = current, step(k, x, current, previous)
    return result


def chebyshev_step(k: int, x: Any, current: Any, previous: Any) -> Any:
    """The recurrence of all four kinds of Chebyshev polynomials."""
    return 2 * x * current - previous


def chebyshev_polynomial_t(x: Any, n: Any) -> Any:
    """torch.special.chebyshev_polynomial_t."""
    return polynomial(x, n, lambda x: x, chebyshev_step)


def chebyshev_polynomial_u(x: Any, n: Any) -> Any:
    """torch.special.chebyshev_polynomial_u."""
    return polynomial(x, n, lambda x: 2 * x, chebyshev_step)


def chebyshev_polynomial_v(x: Any, n: Any) -> Any:
    """torch.special.chebyshev_polynomial_v."""
    return polynomial(x, n, lambda x: 2 * x - 1, chebyshev_step)


def chebyshev_polynomial_w(x: Any, n: Any) -> Any:
    """torch.special.chebyshev_polynomial_w."""
    return polynomial(x, n, lambda x: 2 * x + 1, chebyshev_step)


def shifted_argument(input: Any) -> Any:
    """2x - 1, where the shifted polynomials take the value of the others."""
    x = as_float(input) if isinstance(input, paddle.Tensor) else input
    return 2 * x - 1


def shifted_chebyshev_polynomial_t(x: Any, n: Any) -> Any:
    """torch.special.shifted_chebyshev_polynomial_t."""
    return chebyshev_polynomial_t(shifted_argument(x), n)


def shifted_chebyshev_polynomial_u(x: Any, n: Any) -> Any:
    """torch.special.shifted_chebyshev_polynomial_u."""
    return chebyshev_polynomial_u(shifted_argument(x), n)


def shifted_chebyshev_polynomial_v(x: Any, n: Any) -> Any:
    """torch.special.shifted_chebyshev_polynomial_v."""
    return chebyshev_polynomial_v(shifted_argument(x), n)


def shifted_chebyshev_polynomial_w(x: Any, n: Any) -> Any:
    """torch.special.shifted_chebyshev_polynomial_w."""
    return chebyshev_polynomial_w(shifted_argument(x), n)


def hermite_polynomial_h(x: Any, n: Any) -> Any:
    """torch.special.hermite_polynomial_h."""
    return polynomial(x, n, lambda x: 2 * x, lambda k, x, now, before: 2 * x * now - 2 * k * before)


def hermite_polynomial_he(x: Any, n: Any) -> Any:
    """torch.special.hermite_polynomial_he."""
    return polynomial(x, n, lambda x: x, lambda k, x, now, before: x * now - k * before)


def laguerre_polynomial_l(x: Any, n: Any) -> Any:
    """torch.special.laguerre_polynomial_l."""
    return polynomial(
        x, n, lambda x: 1 - x, lambda k, x, now, before: ((2 * k + 1 - x) * now - k * before) / (k + 1)
    )


def legendre_polynomial_p(x: Any, n: Any) -> Any:
    """torch.special.legendre_polynomial_p."""
    return polynomial(
        x, n, lambda x: x, lambda k, x, now, before: ((2 * k + 1) * x * now - k * before) / (k + 1)
    )


def airy_ai(x: Any) -> Any:
    """torch.special.airy_ai."""

    def compute(x: Any) -> Any:
        # A Bessel function on the right, Taylor's series in the middle, the asymptotic expansion on the left.
        middle = paddle.where((x > -7.5) & (x < 1), x, paddle.zeros_like(x))
        cube = middle**3
        even: Any = paddle.ones_like(x)
        odd: Any = middle
        first, second = even, odd
        for k in range(1, 60):
            even = even * cube / ((3 * k - 1) * (3 * k))
            odd = odd * cube / ((3 * k) * (3 * k + 1))
            first, second = first + even, second + odd
        near = 0.35502805388781723926 * first - 0.25881940379280679841 * second
        large = paddle.where(x >= 1, x, paddle.ones_like(x))
        right = (large / 3).sqrt() * bessel_k_integral(1 / 3, 2 / 3 * large**1.5, scaled=False) / math.pi
        coefficients = airy_coefficients(22)
        size = paddle.where(x <= -7.5, -x, paddle.full_like(x, 8.0))
        s = 2 / 3 * size**1.5
        p: Any = 0
        q: Any = 0
        for k in range(11):
            p = p + (-1) ** k * coefficients[2 * k] / s ** (2 * k)
            q = q + (-1) ** k * coefficients[2 * k + 1] / s ** (2 * k + 1)
        angle = s + math.pi / 4
        left = (paddle.sin(angle) * p - paddle.cos(angle) * q) / (math.sqrt(math.pi) * size**0.25)
        return paddle.where(x >= 1, right, paddle.where(x <= -7.5, left, near))

    return in_float64(compute, x)


def airy_coefficients(count: int) -> list[float]:
    """The coefficients of the asymptotic expansion of the Airy function."""
    result = [1.0]
    for k in range(1, count):
        result.append(result[-1] * (6 * k - 5) * (6 * k - 3) * (6 * k - 1) / (216 * k * (2 * k - 1)))
    return result
