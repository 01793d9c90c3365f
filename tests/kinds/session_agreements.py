"""Suggestions with how they are taken, promises with what is said to them, and moods that turn within a talk."""

# Turns, and words of which one has to be in a task or its evidence.
AGREED = (
    (
        ["T: For next week, could we try the thought record on two occasions?", "C: Two I can manage."],
        ["thought record"],
    ),
    (
        [
            "T: Let me suggest something: when the panic comes, count five things you see.",
            "C: Okay, I'll give that a shot.",
        ],
        ["five things"],
    ),
    (["C: I've decided to hand in my notice on Friday.", "T: How does that feel?"], ["notice"]),
    (["T: Keep the diary going, please.", "C: Sure."], ["diary"]),
    (["C: I need to get my prescription renewed before it runs out.", "T: Yes."], ["prescription"]),
    (["T: Would you mind bringing your partner along next time?", "C: I'll ask him."], ["partner"]),
    (["T: I'll put in a referral to the eating disorder clinic.", "C: Thanks."], ["referral"]),
    (["T: I want you to set an alarm for eleven and be in bed by half past.", "C: Fine."], ["alarm"]),
    (
        [
            "T: So what's your plan for the weekend?",
            "C: Go to the pool on Saturday, and see my mum on Sunday.",
        ],
        ["pool"],
    ),
    (
        ["T: What's one small step you could take?", "C: Maybe walk round the block after lunch."],
        ["walk round"],
    ),
    (["T: You're going to start the sertraline tomorrow, right?", "C: Yep, with breakfast."], ["sertraline"]),
    (["T: Our agreement is that you'll text me if the urges get above seven.", "C: Agreed."], ["text me"]),
    (
        ["T: Can you commit to not drinking until Thursday?", "C: Until Thursday, yes."],
        ["not drinking", "drinking"],
    ),
    (["C: I'm going to try and eat breakfast every day this week.", "T: Good."], ["breakfast"]),
    (["C: I promised myself I'd delete the app tonight.", "T: Nice."], ["delete the app"]),
    (["T: As an experiment, wear the red scarf to work one day.", "C: Haha, okay."], ["red scarf"]),
    (
        ["T: Before we finish, action points: you'll ring the school, I'll send the letter.", "C: Great."],
        ["ring the school"],
    ),
    (
        ["T: It'd be good to practise the muscle relaxation each night.", "C: I'll do my best."],
        ["muscle relaxation"],
    ),
    (
        [
            "T: I'd be curious what happens if you sit with the discomfort for five minutes a day.",
            "C: I can try that.",
        ],
        ["sit with the discomfort"],
    ),
    (
        ["C: Right, so I'm seeing the GP on Thursday and I'll mention the tablets.", "T: Perfect."],
        ["mention the tablets"],
    ),
    (
        ["T: How would it be to schedule one pleasant activity per day?", "C: Yeah, doable."],
        ["pleasant activity"],
    ),
    (["T: Then let's book a double session for the ninth.", "C: Good."], ["double session"]),
    (
        ["C: I shall have to speak to my supervisor about the deadline.", "T: When?", "C: Tomorrow."],
        ["supervisor"],
    ),
    (["T: I'm going to email you a link to the mindfulness recording.", "C: ok"], ["mindfulness recording"]),
    (["T: Please complete the PHQ-9 before our next appointment.", "C: Will do."], ["phq-9"]),
    (["T: I'd love for you to tell one friend what's going on.", "C: Scary, but okay."], ["one friend"]),
)

# Nothing is agreed here.
NOT_AGREED = (
    ["T: Would you like to try EMDR?", "C: No, I don't think so."],
    ["T: Have you thought about a support group?", "C: I went once, hated it."],
    ["C: I should have gone to the gym last week.", "T: What stopped you?"],
    ["T: Could you tell me more about that?", "C: Sure."],
    ["T: Can you describe the feeling?", "C: Yes, tight."],
    ["C: He told me to call him on Friday.", "T: And?"],
    ["T: Close your eyes and breathe in.", "C: Okay."],
    ["T: Take your time.", "C: Thanks."],
    ["T: Thank you for telling me.", "C: I will."],
    ["T: Sit back and get comfortable.", "C: Okay."],
    ["C: I'll be honest, it was awful.", "T: Mm."],
    ["C: I'll never forgive her.", "T: No."],
    ["T: Maybe you could take a week off?", "C: No chance, I can't."],
    ["C: I was going to call her but I didn't.", "T: Right."],
    ["T: Look at me.", "C: Okay."],
    ["T: Let's start with your week.", "C: Okay."],
    ["T: Think back to that day.", "C: Right."],
    ["T: Go on.", "C: Okay so I left."],
    ["T: Tell me about work.", "C: Sure."],
    ["T: Notice where you feel it in your body.", "C: Okay, in my chest."],
)

# What a client says turn by turn, and which way the mood goes.
TURNS_OF_MOOD = (
    (
        "improving",
        [
            "I came in feeling really flat.",
            "Everything was an effort on Monday.",
            "Then I talked to Jo and it shifted a little.",
            "By the end of the week I was whistling again.",
        ],
    ),
    (
        "improving",
        [
            "It's been a nightmare, I've barely eaten.",
            "I had a massive row with my sister.",
            "We patched things up.",
            "I'm feeling more hopeful after talking today.",
        ],
    ),
    (
        "declining",
        [
            "I was on a roll at the start of the week.",
            "Work was going great.",
            "Then the letter came.",
            "Now I'm back in that dark place and I can't stop crying.",
        ],
    ),
    (
        "declining",
        [
            "I'm okay today, pretty cheerful.",
            "We laughed a lot on Saturday.",
            "But talking about dad makes my chest heavy.",
            "I feel awful now, I just want to curl up.",
        ],
    ),
    (
        "improving",
        [
            "I was terrified before the interview.",
            "My hands were shaking.",
            "It went better than expected.",
            "I'm so relieved, I could cry with joy.",
        ],
    ),
)
