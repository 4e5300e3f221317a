"""Commands of a consortium's members: propose, read, sign, bind, leave."""
