"""What can happen to public goods and what is refused: pure rules, no web, no SQL, no clock."""
