"""Features → class probabilities: network, calibration, training, stored weights."""
