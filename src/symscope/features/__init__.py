"""Hidden layer → PCA pictures, correlations, agreements, Lie defects."""
