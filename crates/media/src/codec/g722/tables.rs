//! The numbers of ITU-T G.722 (section 6.2.1.2 and its tables; fixed-point values as printed there).

/// Table 11: half of the 24 coefficients of the two-band filter (they are symmetric), as h(even) of the first.
pub const QMF: [i32; 12] = [3, -11, 12, 32, -210, 951, 3876, -805, 362, -156, 53, -11];

/// Table 14, Q6: decision levels of the lower band, times 1/8, without the leading zero.
pub const LOW_LEVELS: [i32; 29] = [
    35, 72, 110, 150, 190, 233, 276, 323, 370, 422, 473, 530, 587, 650, 714, 786, 858, 940, 1023, 1121, 1219,
    1339, 1458, 1612, 1765, 1980, 2195, 2557, 2919,
];

/// Table 14, ILN: code of a negative difference, by interval.
pub const LOW_NEGATIVE: [u8; 30] = [
    63, 62, 31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7,
    6, 5, 4,
];

/// Table 14, ILP: code of a positive difference, by interval.
pub const LOW_POSITIVE: [u8; 30] = [
    61, 60, 59, 58, 57, 56, 55, 54, 53, 52, 51, 50, 49, 48, 47, 46, 45, 44, 43, 42, 41, 40, 39, 38, 37, 36,
    35, 34, 33, 32,
];

/// Table 16, WL by way of RL42: adaptation of the lower band's scale, by the code's upper four bits.
pub const LOW_SCALE: [i32; 16] =
    [-60, 3042, 1198, 538, 334, 172, 58, -30, 3042, 1198, 538, 334, 172, 58, -30, -60];

/// Table 15, QM4: inverse quantiser of the lower band's predictor.
pub const LOW_INVERSE_4: [i32; 16] =
    [0, -20456, -12896, -8968, -6288, -4240, -2584, -1200, 20456, 12896, 8968, 6288, 4240, 2584, 1200, 0];

/// Table 15, QM6: inverse quantiser of the lower band's output at 64 kbit/s.
pub const LOW_INVERSE_6: [i32; 64] = [
    -136, -136, -136, -136, -24808, -21904, -19008, -16704, -14984, -13512, -12280, -11192, -10232, -9360,
    -8576, -7856, -7192, -6576, -6000, -5456, -4944, -4464, -4008, -3576, -3168, -2776, -2400, -2032, -1688,
    -1360, -1040, -728, 24808, 21904, 19008, 16704, 14984, 13512, 12280, 11192, 10232, 9360, 8576, 7856,
    7192, 6576, 6000, 5456, 4944, 4464, 4008, 3576, 3168, 2776, 2400, 2032, 1688, 1360, 1040, 728, 432, 136,
    -432, -136,
];

/// Table 17, Q2: the one decision level of the upper band, times 1/8.
pub const HIGH_LEVEL: i32 = 564;

/// Table 18, QM2: inverse quantiser of the upper band.
pub const HIGH_INVERSE: [i32; 4] = [-7408, -1616, 7408, 1616];

/// Table 18, WH by way of RH2: adaptation of the upper band's scale, by code.
pub const HIGH_SCALE: [i32; 4] = [798, -214, 798, -214];

/// Table 13, ILB: inverse logarithm.
pub const INVERSE_LOG: [i32; 32] = [
    2048, 2093, 2139, 2186, 2233, 2282, 2332, 2383, 2435, 2489, 2543, 2599, 2656, 2714, 2774, 2834, 2896,
    2960, 3025, 3091, 3158, 3228, 3298, 3371, 3444, 3520, 3597, 3676, 3756, 3838, 3922, 4008,
];
