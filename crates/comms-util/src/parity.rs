//! The eighth bit.

comms_core::choice! {
    /// What is done with the eighth bit of each octet.
    #[derive(Default)]
    pub enum Parity {
        /// It is set so that the number of ones is odd.
        Odd = "odd",
        /// It is set so that the number of ones is even.
        Even = "even",
        /// It is cleared.
        Strip = "strip",
        /// It is left alone.
        #[default]
        Preserve = "preserve",
    }
}

impl Parity {
    /// Gives every octet its eighth bit.
    pub fn apply(self, octets: &mut [u8]) {
        if self == Self::Preserve {
            return;
        }
        for octet in octets {
            *octet = self.of(*octet);
        }
    }

    fn of(self, octet: u8) -> u8 {
        let seven = octet & 0x7f;
        let ones_are_odd = seven.count_ones() % 2 == 1;
        match self {
            Self::Preserve => octet,
            Self::Even if ones_are_odd => seven | 0x80,
            Self::Odd if !ones_are_odd => seven | 0x80,
            Self::Strip | Self::Even | Self::Odd => seven,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_parity_sets_the_eighth_bit_as_it_says_for_every_octet() {
        for octet in 0..=255_u8 {
            let given = |parity: Parity| {
                let mut one = [octet];
                parity.apply(&mut one);
                one[0]
            };
            assert_eq!(given(Parity::Preserve), octet);
            assert_eq!(given(Parity::Strip), octet & 0x7f);
            assert_eq!(given(Parity::Even).count_ones() % 2, 0, "{octet}");
            assert_eq!(given(Parity::Odd).count_ones() % 2, 1, "{octet}");
            assert_eq!(given(Parity::Even) & 0x7f, octet & 0x7f);
            assert_eq!(given(Parity::Odd) & 0x7f, octet & 0x7f);
        }
    }
}
