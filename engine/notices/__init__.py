"""What is said while a program runs: gradients that are lost, numbers that are not finite."""
