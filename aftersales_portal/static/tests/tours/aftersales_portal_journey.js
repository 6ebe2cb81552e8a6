import { registry } from "@web/core/registry";

/** Gives a file field a picture, as the camera of a phone would. */
async function takePhoto(input, width, height) {
    const canvas = Object.assign(document.createElement("canvas"), { width, height });
    canvas.getContext("2d").fillRect(0, 0, width / 2, height);
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
    const transfer = new DataTransfer();
    transfer.items.add(new File([blob], "from the camera.png", { type: "image/png" }));
    input.files = transfer.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
}

const kettle = ".o_aftersales_row:contains(Kettle)";
const step = (words, state) => `[name=timeline] li:has(.fa-${state}):contains(${words})`;

// These rely on what the Python test does in the back office in between.
registry.category("web_tour.tours").add("aftersales_portal_journey_ask", {
    steps: () => [
        { content: "one product of the order", trigger: "#sales_order_table a:contains(Something wrong?)", run: "click", expectUnloadPage: true },
        { content: "came damaged", trigger: ".o_aftersales_cards label:contains(It arrived damaged)", run: "click" },
        { content: "one of two", trigger: `${kettle} .o_aftersales_stepper input:value(1)` },
        { content: "money back", trigger: `${kettle} label:contains(My money back)`, run: "click" },
        {
            content: "a photo",
            trigger: `${kettle} .o_aftersales_photos label:contains(Choose photos)`,
            run: () => takePhoto(document.querySelector(".o_aftersales_photos input[multiple]"), 3200, 1800),
        },
        {
            content: "and another one",
            trigger: `${kettle} .o_aftersales_previews img:count(1)`,
            run: () => takePhoto(document.querySelector(".o_aftersales_photos input[multiple]"), 20, 20),
        },
        { content: "which is none", trigger: `${kettle} .o_aftersales_previews:has(img:count(2))` },
        { content: "is left out", trigger: `${kettle} .o_aftersales_previews div:nth-child(2) button`, run: "click" },
        { content: "one is left", trigger: `${kettle} .o_aftersales_previews img:count(1)` },
        { content: "send it", trigger: ".o_aftersales_send button[type=submit]", run: "click", expectUnloadPage: true },
        { content: "amount and day are in sight", trigger: "[name=money]:contains(You get):contains(100.00)" },
        { content: "with the photo", trigger: ".o_aftersales_return_line img[loading=lazy]" },
    ],
});

registry.category("web_tour.tours").add("aftersales_portal_journey_send", {
    steps: () => [
        { content: "approved", trigger: step("We approved it", "check-circle") },
        { content: "the account", trigger: "form[name=account] input[name=account]", run: "edit PL61 1090 1014 0000 0712 1981 2874" },
        { content: "is kept", trigger: "form[name=account] button", run: "click", expectUnloadPage: true },
        { content: "and masked", trigger: "dd:contains(PL61 •••• 2874)" },
        { content: "the slip is there", trigger: "[name=papers] a:contains(Return slip)" },
        { content: "the parcel", trigger: "form[name=sent] input[name=tracking]", run: "edit 1Z999" },
        { content: "is on its way", trigger: "form[name=sent] button", run: "click", expectUnloadPage: true },
        { content: "it says so", trigger: step("You sent it", "check-circle") },
        { content: "money and day are still in sight", trigger: "[name=money]:contains(You get):contains(100.00)" },
    ],
});

registry.category("web_tour.tours").add("aftersales_portal_journey_paid", {
    steps: () => [
        { content: "it arrived", trigger: step("It arrived", "check-circle") },
        { content: "was looked at", trigger: step("We looked at it", "check-circle") },
        { content: "refunded", trigger: step("Refund", "check-circle") },
        { content: "and paid", trigger: step("Paid", "check-circle") },
        { content: "it is said first", trigger: "[name=money]:contains(We paid you):contains(100.00)" },
    ],
});

/** Tab until something has the focus, as who has no mouse does, and press Enter, which clicks it. */
const onKey = (selector) => async ({ press }) => {
    for (let count = 0; count < 60 && !document.activeElement.matches(selector); count++) {
        await press("Tab");
    }
    if (!document.activeElement.matches(selector)) {
        throw new Error(`${selector} is not reached by keyboard`);
    }
    document.activeElement.click();
};

registry.category("web_tour.tours").add("aftersales_portal_keyboard", {
    steps: () => [
        { content: "a card", trigger: ".o_aftersales_cards", run: onKey("input[name=matter]") },
        { content: "does not leave by itself", trigger: ".o_aftersales_next", run: onKey(".o_aftersales_next") },
        { content: "the heading is read next", trigger: "[data-step=item] h2:focus" },
        { content: "the product", trigger: ".o_aftersales_choose", run: onKey(".o_aftersales_choose") },
        { content: "the heading is read next", trigger: "[data-step=item] h2:focus" },
        { content: "more of them", trigger: ".o_aftersales_stepper", run: onKey("button[data-step='1']") },
        { content: "two", trigger: ".o_aftersales_stepper input:value(2)" },
        {
            content: "a note, which tours do not open by keyboard",
            trigger: `${kettle} details`,
            run: ({ anchor }) => (anchor.open = true),
        },
        {
            content: "send it",
            trigger: ".o_aftersales_send",
            run: onKey(".o_aftersales_send [type=submit]"),
            expectUnloadPage: true,
        },
        { content: "it is asked for", trigger: ".o_aftersales_return_line:contains(Kettle)" },
    ],
});
