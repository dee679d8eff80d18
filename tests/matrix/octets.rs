//! Octets of files: the same in every run.

/// So many octets that look random.
pub(crate) fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed;
    let words = std::iter::repeat_with(|| split_mix(&mut state).to_le_bytes());
    words.flatten().take(length).collect()
}

/// So many octets out of this pattern, again and again.
pub(crate) fn repeated(pattern: &[u8], length: usize) -> Vec<u8> {
    pattern.iter().copied().cycle().take(length).collect()
}

/// Every octet after every other one, in the order of their values.
pub(crate) fn all_pairs() -> Vec<u8> {
    (0..=u8::MAX).flat_map(|a| (0..=u8::MAX).flat_map(move |b| [a, b])).collect()
}

/// `SplitMix64` (Steele, Lea, Flood 2014).
fn split_mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut word = *state;
    word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}
