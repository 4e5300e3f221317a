"""The product's stories on one machine, told by `make demo` and `make demo-consortium`.

    catalogue/    an owner sells answers about ciphertext, a buyer opens them
    consortium/   members compute together on data that stays home
    stage         what every story stands on: folder, accounts, platform, agents, chapters
    hosting       where the platform runs: here as one machine, unless told otherwise
    roles         who runs what: own directories, own uids where the machine allows it
    terminal      runs the product's own command line as one of the roles
    comparison    opened values against the truth
    rand_table    the real data of both: the RAND Health Insurance Experiment

Every step is a command of the product or a call that its form makes: nothing here reaches into
a service. All roles share this machine, so here they share one trust domain too.
"""
