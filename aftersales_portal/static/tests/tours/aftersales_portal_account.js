import { registry } from "@web/core/registry";

// They rely on what the Python test sold: a kettle and a washer with a serial number.
const tours = registry.category("web_tour.tours");

tours.add("aftersales_portal_products", {
    steps: () => [
        {
            content: "from the account to what is owned",
            trigger: ".o_portal_index_card a[href='/my/products'], a[href='/my/products']",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "the washer is there with its serial number",
            trigger: ".o_aftersales_products li:contains(TOUR-1)",
        },
        {
            content: "open its warranty",
            trigger: ".o_aftersales_products li:contains(TOUR-1) a[href^='/my/warranties/']",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "its terms are told in words",
            trigger: ".o_aftersales_warranty ul[name=terms] li:contains(free of charge)",
        },
        {
            content: "the certificate is at hand",
            trigger: ".o_aftersales_warranty a[href$='/certificate']",
        },
        {
            content: "something is wrong with it",
            trigger: ".o_aftersales_warranty a[href^='/my/returns/new']",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "the door is open",
            trigger: "form[action='/my/returns/new'], .o_aftersales_return_request",
        },
    ],
});

tours.add("aftersales_portal_track", {
    steps: () => [
        {
            content: "the delivery tells when it arrives",
            trigger: ".o_aftersales_delivery li[aria-current=step]:contains(Arrives):contains(12–14)",
        },
        {
            content: "and where the parcel is",
            trigger: ".o_aftersales_delivery a[href='https://post.example/P1']",
        },
        {
            content: "see the order",
            trigger: ".o_aftersales_track a.btn-primary",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "the same story is on its page",
            trigger: "#aftersales_track li:contains(Arrives)",
        },
        {
            content: "open what the shop tells",
            trigger: "#aftersales_terms summary",
            run: "click",
        },
        {
            content: "the right to withdraw is told",
            trigger: "#aftersales_terms [name=withdrawal]:contains(without giving a reason)",
        },
    ],
});

tours.add("aftersales_portal_history", {
    steps: () => [
        {
            content: "from the account to the history",
            trigger: "a[href='/my/history']",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "the newest is on top; go on",
            trigger: ".o_aftersales_history li:first",
        },
        {
            content: "older things",
            trigger: "nav a[href^='/my/history/']",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "open the first document",
            trigger: ".o_aftersales_history a:first",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "it is open",
            trigger: "body:not(:has(.o_aftersales_history)) .o_portal_submenu",
        },
    ],
});
