"""What members compute together; the list of it is crypto.mpc.programs.fixed_list."""
