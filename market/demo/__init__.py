"""The product's story on one machine, told by `make demo`.

    story     the chapters, in order
    table     the real data: the RAND Health Insurance Experiment
    roles     owner, buyer and platform: own directories, own uids where the machine allows it
    terminal  runs the product's own command line as one of the roles
    report    opened values against the truth, and where to click

Every step is a command of the product or a call that its form makes: nothing here reaches into
a service. All roles share this machine, so here they share one trust domain too.
"""
