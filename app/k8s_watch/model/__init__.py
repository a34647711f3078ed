"""What is known about the cluster and what it means: pure, standard library only."""
