"""What a submission may say: ids, epsilon, commit, where the program is."""
