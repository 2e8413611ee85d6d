// Scalar slow paths: the lanes that a fast recipe reports as bad. Plain C++, no libm, the same bits
// on every platform. Each function is correct for every argument, not only for those that its
// recipe gives up on.
#pragma once

namespace me::vmath::slow {

double sin(double x);
double cos(double x);
double tan(double x);

double fmod(double x, double y);
double remainder(double x, double y);
double mod(double x, double y);
double floor_divide(double x, double y);
double fma(double x, double y, double z);

}  // namespace me::vmath::slow
