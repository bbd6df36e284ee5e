"""What is billed to which partner, as days: for judging that nobody pays twice."""
